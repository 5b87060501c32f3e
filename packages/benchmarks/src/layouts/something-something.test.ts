import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { loadSomethingSomething } from './something-something.js';

const folder = temporaryFolder();
const LABELS = { 'Closing something': '1', 'Putting something onto something': '0' };

function load(more: object = {}) {
  return loadSomethingSomething({ split: 'val', root: folder.path(), expectedClasses: 2, ...more });
}

describe('loadSomethingSomething', () => {
  it('reads the official json and finds webm or mp4 by id', async () => {
    await folder.write({
      'labels/labels.json': LABELS,
      'labels/validation.json': [
        { id: '78687', label: 'closing a box', template: 'Closing [something]', placeholders: ['a box'] },
        { id: 5, template: 'Putting [something] onto [something]' },
      ],
      '20bn-something-something-v2/78687.webm': '',
      '20bn-something-something-v2/5.mp4': '',
    });
    const benchmark = await load();
    expect(benchmark.classNames).toEqual(['Putting something onto something', 'Closing something']);
    expect(benchmark.entries.map(({ path, label }) => [relative(folder.path(), path), label])).toEqual([
      ['20bn-something-something-v2/78687.webm', 1],
      ['20bn-something-something-v2/5.mp4', 0],
    ]);
  });

  it('says what is wrong and where', async () => {
    const names = { list: 'something-something-v2-validation.json', labels: 'something-something-v2-labels.json' };
    await expect(load()).rejects.toThrow(`holds no ${names.list}; looked for`);
    await folder.write({ [names.list]: [{ id: '1' }], [names.labels]: LABELS });
    await expect(load()).rejects.toThrow('record 0 (video 1) has no template; the test list has no labels');
    await expect(load({ expectedClasses: 174 })).rejects.toThrow('has 2 classes, expected 174');
    await folder.write({ [names.list]: [{ id: '1', template: 'Eating [something]' }] });
    await expect(load()).rejects.toThrow("class 'Eating something' is not one of the 2 class names");
    await folder.write({ [names.list]: [{ id: '1', template: 'Closing [something]' }] });
    await expect(load()).rejects.toThrow('1 of 1 files are missing');
  });
});
