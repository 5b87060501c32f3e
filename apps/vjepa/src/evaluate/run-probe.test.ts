import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { tarOf } from '../data/list-formats.fixture.js';
import { runProbeSplit } from './run-probe.js';

describe('runProbeSplit', () => {
  it('reads labelled shards as data.datasets does', async () => {
    const folder = temporaryFolder('probe-shards');
    for (const shard of [0, 1]) {
      const files = [0, 1, 2, 3].flatMap((i) => [
        [`${i}.mp4`, 'video'],
        [`${i}.cls`, String(i % 2)],
      ]);
      writeFileSync(join(folder, `labelled-${shard}.tar`), await tarOf(Object.fromEntries(files)));
    }
    const dataset = join(folder, 'labelled-{0..1}.tar');
    const { videos, numClasses } = await runProbeSplit({ dataset, every: 1, videos: 512, held_out: 0.25 });
    expect(numClasses).toBe(2);
    expect(videos).toHaveLength(8);
    expect(videos.filter(({ heldOut }) => heldOut)).toHaveLength(2);
  });
});
