import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { loadEpicKitchens } from './epic-kitchens.js';

const folder = temporaryFolder();
const HEADER =
  'narration_id,participant_id,video_id,narration_timestamp,start_timestamp,stop_timestamp,start_frame,stop_frame,' +
  'narration,verb,verb_class,noun,noun_class,all_nouns,all_noun_classes';

/** A line of the official csv. */
function action(id: string, start: number, stop: number, verb: number, noun: number): string {
  const [participant] = id.split('_');
  const video = id.replace(/_\d+$/, '');
  return `${id},${participant},${video},00:00:01.089,00:00:00.14,00:00:03.37,${start},${stop},open the tap,open,${verb},tap:hot,${noun},"['tap:hot', 'tap']","[${noun}, 0]"`;
}

const FILES = {
  'annotations/EPIC_100_train.csv': [
    HEADER,
    action('P01_01_0', 8, 202, 3, 5),
    action('P01_01_1', 250, 260, 0, 2),
    action('P02_101_0', 1, 50, 3, 2),
    action('P02_101_1', 70, 90, 3, 5),
  ],
  'annotations/EPIC_100_validation.csv': [
    HEADER,
    action('P01_11_0', 20, 40, 0, 2),
    action('P01_11_1', 30, 44, 0, 5), // Verb and noun are known, the pair is not.
    action('P01_11_2', 60, 70, 9, 2), // An unknown verb.
    action('P01_11_3', 80, 99, 3, 5),
  ],
  'annotations/EPIC_100_verb_classes.csv': [
    'id,key,instances,category',
    `0,take,"['take', 'grab']",retrieve`,
    `3,open,"['open']",access`,
  ],
  'annotations/EPIC_100_noun_classes.csv': [
    'id,key,instances,category',
    `2,plate,['plate'],crockery`,
    `5,tap,['tap'],appliances`,
  ],
  'videos/P01/videos/P01_01.MP4': '',
  'videos/P01/P01_11.mp4': '',
  'videos/P02_101.MP4': '',
};

function load(more: object = {}) {
  return loadEpicKitchens({ annotations: folder.path('annotations'), videos: folder.path('videos'), ...more });
}

describe('loadEpicKitchens', () => {
  it('reads the official files; classes are those of the training set, and so are the validation actions', async () => {
    await folder.write(FILES);
    const set = await load();
    // `list({(3, 5), (0, 2), (3, 2)})` in CPython.
    expect(set.classes).toEqual({
      verb: ['take', 'open'],
      noun: ['plate', 'tap'],
      action: ['take plate', 'open plate', 'open tap'],
    });
    expect(set.verbOfAction).toEqual([0, 1, 1]);
    expect(set.nounOfAction).toEqual([0, 0, 1]);
    expect(set.leftOut).toBe(2);
    const shown = (part: typeof set.train) =>
      part.entries.map(({ path, label, id, start, stop }) => [
        relative(folder.path('videos'), path),
        set.classes.action[label],
        id,
        start,
        stop,
      ]);
    expect(shown(set.train)).toEqual([
      ['P01/videos/P01_01.MP4', 'open tap', 'P01_01_0', 8, 202],
      ['P01/videos/P01_01.MP4', 'take plate', 'P01_01_1', 250, 260],
      ['P02_101.MP4', 'open plate', 'P02_101_0', 1, 50],
      ['P02_101.MP4', 'open tap', 'P02_101_1', 70, 90],
    ]);
    expect(shown(set.validation)).toEqual([
      ['P01/P01_11.mp4', 'take plate', 'P01_11_0', 20, 40],
      ['P01/P01_11.mp4', 'open tap', 'P01_11_3', 80, 99],
    ]);
  });

  it('asks for the videos of the splits that are used, and separates those that are gone', async () => {
    await folder.write({ ...FILES, 'elsewhere/P01/P01_11.MP4': '' });
    const elsewhere = { videos: folder.path('elsewhere') };
    await expect(load(elsewhere)).rejects.toThrow(/EPIC_100_train.csv: 4 of 4 files are missing.*P01_01.MP4/s);
    const { train, validation } = await load({ ...elsewhere, splits: ['validation'] });
    expect([train.entries.length, validation.entries.length]).toEqual([0, 2]);
    const { train: partly } = await load({ ...elsewhere, allowMissing: 4 });
    expect([partly.entries.length, partly.missing.length]).toEqual([0, 4]);
  });

  it('names classes by number where no names lie beside the annotations', async () => {
    const { 'annotations/EPIC_100_verb_classes.csv': _, 'annotations/EPIC_100_noun_classes.csv': __, ...rest } = FILES;
    await folder.write(rest);
    expect((await load()).classes).toMatchObject({ verb: ['verb 0', 'verb 3'], noun: ['noun 2', 'noun 5'] });
  });

  it.each([
    [[HEADER], 'lists no actions'],
    [['narration_id,participant_id,video_id'], "has no column 'start_frame'"],
    [[HEADER, action('P01_01_0', 8, 3, 3, 5)], ':2: the action runs from frame 8 to 3'],
    [[HEADER, action('P01_01_0', 8, 9, 3, -1)], ":2: 'noun_class' is '-1'; expected a whole number"],
    [[HEADER, action('../P01_01_0', 8, 9, 3, 1)], ":2: 'participant_id' is '../P01'; expected an id such as P01_01"],
  ])('refuses %j', async (lines, message) => {
    await folder.write({ ...FILES, 'annotations/EPIC_100_train.csv': lines });
    await expect(load()).rejects.toThrow(message);
  });

  it('refuses a validation list of which the training list has no action', async () => {
    const validation = [HEADER, action('P01_11_1', 30, 44, 0, 5)];
    await folder.write({ ...FILES, 'annotations/EPIC_100_validation.csv': validation });
    await expect(load()).rejects.toThrow(
      /EPIC_100_validation.csv: none of its 1 actions is a pair of verb and noun that .*EPIC_100_train.csv has; give/,
    );
  });

  it('names the file that is not there', async () => {
    await folder.write({ 'annotations/readme.txt': '' });
    await expect(load()).rejects.toThrow('holds no EPIC_100_train.csv');
  });
});
