import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { tarMember } from '../data/list-formats.fixture.js';
import { runProbeSplit } from './run-probe.js';

describe('runProbeSplit', () => {
  it('reads labelled shards as data.datasets does', async () => {
    const folder = temporaryFolder('probe-shards');
    for (const shard of [0, 1]) {
      const members = [0, 1, 2, 3].flatMap((i) => [
        tarMember(`${i}.mp4`, Buffer.from('video')),
        tarMember(`${i}.cls`, Buffer.from(String(i % 2))),
      ]);
      writeFileSync(join(folder, `labelled-${shard}.tar`), Buffer.concat([...members, Buffer.alloc(1024)]));
    }
    const dataset = join(folder, 'labelled-{0..1}.tar');
    const { videos, numClasses } = await runProbeSplit({ dataset, every: 1, videos: 512, held_out: 0.25 });
    expect(numClasses).toBe(2);
    expect(videos).toHaveLength(8);
    expect(videos.filter(({ heldOut }) => heldOut)).toHaveLength(2);
  });
});
