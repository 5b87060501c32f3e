import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { loadAva, readAvaBoxes } from './ava.js';

const folder = temporaryFolder();

const FILES = {
  'ava_val_v2.2.csv': [
    '1j20qq1JyX4,0902,0.002,0.118,0.714,0.977,12,0',
    '1j20qq1JyX4,0902,0.002,0.118,0.714,0.977,79,0',
    '1j20qq1JyX4,0902,0.444,0.054,0.992,0.990,12,1',
    '1j20qq1JyX4,0903,0.1,0.1,0.2,0.2,80,1',
    'other,1500,0,0,1,1,1,0',
  ],
  'ava_val_excluded_timestamps_v2.2.csv': ['1j20qq1JyX4,0903'],
  'ava_action_list_v2.2_for_activitynet_2019.pbtxt':
    'label {\n  name: "bend/bow (at the waist)"\n  label_id: 1\n  label_type: PERSON_MOVEMENT\n}\nitem {\n  name: "stand"\n  id: 12\n}\n',
  'proposals.csv': [
    '1j20qq1JyX4,0902,0.0,0.1,0.7,0.9,,0.99',
    '1j20qq1JyX4,0902,0.5,0.1,0.7,0.9,,0.7',
    '1j20qq1JyX4,0903,0.0,0.1,0.7,0.9,12,0.95',
  ],
};

function load(more: object = {}) {
  return loadAva({ root: folder.path(), split: 'val', expectedClasses: 2, ...more });
}

describe('loadAva', () => {
  it('gathers the actions of a person and leaves excluded frames out', async () => {
    await folder.write(FILES);
    const ava = await load({ proposals: folder.path('proposals.csv') });
    expect([...ava.classes]).toEqual([
      [1, 'bend/bow (at the waist)'],
      [12, 'stand'],
    ]);
    expect(ava.keyFrames.map(({ frame, people }) => [frame, people.map(({ actions }) => actions)])).toEqual([
      ['1j20qq1JyX4,0902', [[12, 79], [12]]],
      ['other,1500', [[1]]],
    ]);
    expect(ava.keyFrames[0]!.people[0]!.box).toEqual([0.002, 0.118, 0.714, 0.977]);
    expect(ava.proposals).toEqual([
      {
        video: '1j20qq1JyX4',
        timestamp: 902,
        frame: '1j20qq1JyX4,0902',
        people: [{ box: [0, 0.1, 0.7, 0.9], actions: [], score: 0.99 }],
      },
    ]);
  });

  it('reads a key frame without people, as the official evaluation takes it', async () => {
    await folder.write({ 'boxes.csv': ['v1,0902,0.1,0.1,0.5,0.5,12,0', 'v1,0903'] });
    const keyFrames = await readAvaBoxes(folder.path('boxes.csv'));
    expect(keyFrames.map(({ frame, people }) => [frame, people.length])).toEqual([
      ['v1,0902', 1],
      ['v1,0903', 0],
    ]);
    expect(await readAvaBoxes(folder.path('boxes.csv'), { minimumScore: 0 })).toHaveLength(2);
  });

  it('does not search a label map without end', async () => {
    await folder.write({ ...FILES, 'ava_action_list_v2.2_for_activitynet_2019.pbtxt': 'label {'.repeat(100_000) });
    await expect(load()).rejects.toThrow('holds no label');
  }, 5000);

  it('says what is wrong and where', async () => {
    await expect(load()).rejects.toThrow('ava_action_list_v2.2_for_activitynet_2019.pbtxt: the file does not exist');
    await folder.write(FILES);
    await expect(load({ expectedClasses: 60 })).rejects.toThrow('has 2 classes, expected 60');
    const failing = async (line: string, message: string) => {
      await folder.write({ 'boxes.csv': [FILES['ava_val_v2.2.csv'][0], line] });
      await expect(readAvaBoxes(folder.path('boxes.csv'))).rejects.toThrow(message);
    };
    await failing(
      'v,0902,0.5,0.1,0.4,0.9,12,0',
      'boxes.csv:2: box [0.5, 0.1, 0.4, 0.9] is not left, top, right, bottom',
    );
    await failing('v,0902,50,10,60,90,12,0', 'in 0..1');
    await failing('v,0902,0.5,0.1,0.6,0.9', 'boxes.csv:2: has 6 fields');
    await failing('v,soon,0.5,0.1,0.6,0.9,12,0', "'v,soon' is not a video and a whole second");
    await failing('v,0902,0.5,0.1,0.6,0.9,stand,0', "action 'stand' is not an action id from 1");
    for (const name of ['../film', '/etc/film', 'a/../../film', '..', 'C:film', '..\\film', './film', 'fi\x1blm']) {
      await failing(`${name},0902,0.5,0.1,0.6,0.9,12,0`, 'is not the name of a video in the folder of the videos');
    }
    await expect(readAvaBoxes('x.pkl')).rejects.toThrow('is a pickle; give the csv of the same boxes');
  });
});
