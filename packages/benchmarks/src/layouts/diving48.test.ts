import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { loadDiving48 } from './diving48.js';

const folder = temporaryFolder();
const VOCABULARY = [
  ['Back', '15som', '05Twis', 'FREE'],
  ['Forward', 'Dive', 'NoTwis', 'PIKE'],
];
const record = (name: string, label: unknown) => ({ vid_name: name, label, start_frame: 0, end_frame: 133 });

function load(more: object = {}) {
  return loadDiving48({ split: 'val', root: folder.path(), expectedClasses: 2, ...more });
}

describe('loadDiving48', () => {
  it('reads the official lists, vocabulary and archive; the test list is the validation set', async () => {
    await folder.write({
      'Diving48_vocab.json': VOCABULARY,
      'annotations/Diving48_V2_test.json': [...[record('JGLVYxaWM7w_00002', 1), record('-a_00000', 0), record('c', 0)]],
      'annotations/Diving48_V2_train.json': [record('b_00001', 1)],
      'rgb/JGLVYxaWM7w_00002.mp4': '',
      'rgb/-a_00000.webm': '',
      'rgb/c.MP4': '',
    });
    const { entries, classNames } = await load();
    expect(entries.map(({ path, label }) => [relative(folder.path(), path), label])).toEqual([
      ['rgb/JGLVYxaWM7w_00002.mp4', 1],
      ['rgb/-a_00000.webm', 0],
      ['rgb/c.MP4', 0],
    ]);
    expect(classNames).toEqual(['Back 15som 05Twis FREE', 'Forward Dive NoTwis PIKE']);
    await expect(load({ split: 'train' })).rejects.toThrow(/1 of 1 files are missing.*rgb\/b_00001\.mp4/s);
  });

  it('says what is wrong and where', async () => {
    await expect(load()).rejects.toThrow('holds no Diving48_V2_test.json; looked for');
    await folder.write({ 'Diving48_test.json': [record('a', 0)], 'Diving48_vocab.json': VOCABULARY });
    await expect(load()).rejects.toThrow('Diving48_test.json: has the labels of the first version');
    const failing = async (records: unknown, message: string) => {
      await folder.write({ 'Diving48_V2_test.json': records });
      await expect(load()).rejects.toThrow(message);
    };
    await failing({}, 'expected a list of { vid_name, label } records');
    await failing('[]', 'Diving48_V2_test.json: lists no samples of this split; expected at least one');
    await failing([{ label: 0 }], 'record 0 has no vid_name');
    await failing([record('a', '0')], 'record 0 (video a) has no label from 0 on: "0"');
    await failing([record('a', 2)], 'has label 2, outside the 2 dives of');
    await expect(load({ expectedClasses: undefined })).rejects.toThrow('has 2 classes, expected 48');
    await folder.write({ 'Diving48_vocab.json': [['Back'], 7] });
    await expect(load()).rejects.toThrow('entry 1 is no dive: 7');
  });
});
