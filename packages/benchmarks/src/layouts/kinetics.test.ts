import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { loadKinetics } from './kinetics.js';

const folder = temporaryFolder();
const options = { variant: 400, split: 'val', expectedClasses: 3 } as const;
const HEADER = 'label,youtube_id,time_start,time_end,split';

async function load(more: object = {}) {
  const benchmark = await loadKinetics({ ...options, root: folder.path(), ...more });
  return {
    ...benchmark,
    entries: benchmark.entries.map(({ path, label }) => [relative(folder.path(), path), label]),
  };
}

describe('loadKinetics', () => {
  it('finds flat and foldered videos by the official csv; labels follow the sorted names', async () => {
    await folder.write({
      'annotations/val.csv': [
        HEADER,
        'zumba,-a_b-c12345,4,14,validate',
        '"swimming, backstroke",bbbbbbbbbbb,0,10,validate',
        'abseiling,ccccccccccc,120,130,validate',
        'zumba,ddddddddddd,7,17,validate',
      ],
      'val/-a_b-c12345_000004_000014.mp4': '',
      'val/swimming_backstroke/bbbbbbbbbbb_000000_000010.mkv': '',
      'val/ccccccccccc.webm': '',
      'val/zumba/ddddddddddd_7_17.mp4': '',
    });
    const benchmark = await load();
    expect(benchmark.classNames).toEqual(['abseiling', 'swimming, backstroke', 'zumba']);
    expect(benchmark.entries).toEqual([
      ['val/-a_b-c12345_000004_000014.mp4', 2],
      ['val/swimming_backstroke/bbbbbbbbbbb_000000_000010.mkv', 1],
      ['val/ccccccccccc.webm', 0],
      ['val/zumba/ddddddddddd_7_17.mp4', 2],
    ]);
  });

  it('reads the json, and separates videos that are gone', async () => {
    await folder.write({
      'validate.json': {
        aaaaaaaaaaa: { annotations: { label: 'b', segment: [1.0, 11.0] }, subset: 'validate' },
        bbbbbbbbbbb: { annotations: { label: 'a', segment: [0, 10] }, subset: 'validate' },
      },
      'videos/aaaaaaaaaaa_000001_000011.mp4': '',
    });
    await expect(load({ expectedClasses: 2 })).rejects.toThrow('bbbbbbbbbbb_000000_000010.mp4');
    const benchmark = await load({ expectedClasses: 2, allowMissing: 1 });
    expect(benchmark.entries).toEqual([['videos/aaaaaaaaaaa_000001_000011.mp4', 1]]);
    expect(benchmark.missing.map(({ label }) => label)).toEqual([0]);
  });

  it('takes class folders where nothing is annotated', async () => {
    await folder.write({
      'videos_val/b c/2.mp4': '',
      'videos_val/b c/1.MP4': '',
      'videos_val/a/x.txt': '',
      'videos_val/d/3.avi': '',
    });
    expect((await load()).entries).toEqual([
      ['videos_val/b c/1.MP4', 1],
      ['videos_val/b c/2.mp4', 1],
      ['videos_val/d/3.avi', 2],
    ]);
  });

  it('says what is wrong and where', async () => {
    const failing = async (lines: string[], message: string) => {
      await folder.write({ 'val/x.mp4': '', 'val.csv': lines });
      await expect(load()).rejects.toThrow(message);
    };
    await expect(load()).rejects.toThrow("holds no videos of split 'val'; expected one of the folders");
    await failing(['youtube_id,time_start,time_end,split'], "val.csv:1: has no column 'label'");
    await failing([HEADER, 'a,b,1,11'], 'val.csv:2: has 4 fields, expected 5');
    await failing([HEADER, '"a,b,1,11,val'], 'val.csv:2: a quote is not closed');
    await failing([HEADER, 'a,id,11,1,val'], "val.csv:2: video 'id' runs from 11 to 1");
    await failing([HEADER, ',id,1,11,val'], "val.csv:2: video 'id' has no label");
    await failing([HEADER, 'a,x,1,11,val'], 'val.csv: has 1 classes, expected 3; complete it');
    await failing([HEADER], 'lists no videos');
  });
});
