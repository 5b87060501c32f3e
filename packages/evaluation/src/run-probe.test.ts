import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { packTar } from 'modern-tar';
import { describe, expect, it } from 'vitest';
import { runProbeSplit } from './run-probe.js';

describe('runProbeSplit', () => {
  it('reads labelled shards as those of a pretraining are read', async () => {
    const folder = temporaryFolder('probe-shards');
    for (const shard of [0, 1]) {
      const members = [0, 1, 2, 3].flatMap((i) => [
        { header: { name: `${i}.mp4`, size: 5 }, body: 'video' },
        { header: { name: `${i}.cls`, size: 1 }, body: String(i % 2) },
      ]);
      writeFileSync(join(folder, `labelled-${shard}.tar`), await packTar(members));
    }
    const dataset = join(folder, 'labelled-{0..1}.tar');
    const { videos, numClasses } = await runProbeSplit({ dataset });
    expect(numClasses).toBe(2);
    expect(videos).toHaveLength(8);
    expect(videos.filter(({ heldOut }) => heldOut)).toHaveLength(2);
  });

  it('names the list that has no two classes, or is not there', async () => {
    const folder = temporaryFolder('probe-lists');
    const list = join(folder, 'one-class.csv');
    writeFileSync(list, 'a.mp4 0\nb.mp4 0\n');
    await expect(runProbeSplit({ dataset: list })).rejects.toThrow(
      /one-class\.csv: a probe needs at least two classes of two videos each, found 1; name a labelled list in `probe\.dataset`/,
    );
    await expect(runProbeSplit({ dataset: join(folder, 'none.csv') })).rejects.toThrow(
      /none\.csv: the file does not exist/,
    );
  });
});
