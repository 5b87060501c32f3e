import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { packTar } from 'modern-tar';
import { describe, expect, it } from 'vitest';
import { type LabelledSet, type LabelledVideos, readLabelledSets } from './labelled-set.js';

describe('readLabelledSets', () => {
  const sets = (train: string, validation: string, more: Partial<LabelledVideos> = {}) =>
    readLabelledSets({ train, validation, classes: 2, ...more }, ['train', 'validation'], 0);
  const labels = ({ entries }: LabelledSet) => entries.map(({ label }) => label);
  const write = (folder: string, ...names: string[]) => {
    for (const name of names) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), '');
    }
  };

  it('takes class folders, labels from those of the training set', async () => {
    const folder = temporaryFolder('labelled');
    write(folder, 'train/archery/1.mp4', 'train/dancing/2.mp4', 'val/dancing/3.mp4');
    const [train, val] = await sets(join(folder, 'train'), join(folder, 'val'));
    expect([labels(train!), labels(val!)]).toEqual([[0, 1], [1]]);
    expect(val!.classNames).toEqual(['archery', 'dancing']);
    write(folder, 'train/eating/4.mp4');
    await expect(sets(join(folder, 'train'), join(folder, 'val'))).rejects.toThrow(
      /train: has 3 class folders, `data\.classes` is 2; correct it, or name all classes in `data\.classNames`/,
    );
  });

  it('names the option that says how many classes there are, where a data set in its own layout has others', async () => {
    const folder = temporaryFolder('labelled');
    write(folder, 'videos/7/c.mp4', 'videos/7/d.mp4');
    const record = (subset: string) => ({ class: 'ArcWeld', recipe_type: 7, subset });
    const database = { c: record('training'), d: record('testing') };
    writeFileSync(join(folder, 'COIN.json'), JSON.stringify({ database }));
    const read = (classes: number) => sets(folder, folder, { layout: 'coin', classes });
    expect((await read(1)).map(labels)).toEqual([[0], [0]]);
    await expect(read(180)).rejects.toThrow(/: has 1 classes, `data\.classes` is 180; complete the one/);
  });

  it('looks the names of a list up in those that are given', async () => {
    const folder = temporaryFolder('labelled');
    write(folder, 'a.mp4', 'b.mp4');
    writeFileSync(join(folder, 'train.csv'), 'path,label\na.mp4,dancing\nb.mp4,archery\n');
    writeFileSync(join(folder, 'val.csv'), 'a.mp4\t0\n"b.mp4" 1\n');
    writeFileSync(join(folder, 'names.txt'), 'archery\ndancing\n');
    const lists = [join(folder, 'train.csv'), join(folder, 'val.csv')] as const;
    const [train, val] = await sets(...lists, { classNames: join(folder, 'names.txt') });
    expect([labels(train!), labels(val!)]).toEqual([
      [1, 0],
      [0, 1],
    ]);
    await expect(sets(...lists)).rejects.toThrow(
      /train\.csv:2: .*names of the classes must be given in label order: `data\.classNames`/,
    );
  });

  it('takes tar shards whose videos all have labels', async () => {
    const folder = temporaryFolder('labelled');
    const shard = async (name: string, label: string) => {
      const members = [
        { header: { name: 'a.mp4', size: 7 }, body: 'a video' },
        { header: { name: 'a.cls', size: label.length }, body: label },
      ];
      writeFileSync(join(folder, name), await packTar(members));
    };
    await shard('0.tar', '1');
    await shard('1.tar', '0');
    const [train, val] = await sets(join(folder, '{0..1}.tar'), join(folder, '1.tar'));
    expect([labels(train!), labels(val!)]).toEqual([[1, 0], [0]]);
    await shard('1.tar', '');
    await expect(sets(join(folder, '0.tar'), join(folder, '1.tar'))).rejects.toThrow(/1\.tar, a: has no label/);
    await shard('1.tar', '0x10');
    await expect(sets(join(folder, '0.tar'), join(folder, '1.tar'))).rejects.toThrow(
      /1\.tar, a: its label '0x10' is no class number from 0; give the names of the classes/,
    );
  });

  it('names the first of two bad splits, however long it takes to read', async () => {
    const folder = temporaryFolder('labelled');
    const [train, val] = [join(folder, 'train.csv'), join(folder, 'val.csv')];
    // The first is found out by looking for its video, the second by reading its text.
    writeFileSync(train, 'gone.mp4 0\n');
    writeFileSync(val, 'val.mp4 zebra\n');
    await expect(sets(train, val)).rejects.toThrow(/gone\.mp4/);
  });
});
