import { describe, expect, it } from 'vitest';
import { readClassNames } from './class-names.js';
import { temporaryFolder } from './temporary-folder.fixture.js';

const folder = temporaryFolder();

async function read(name: string, content: unknown, expected?: number): Promise<string[]> {
  await folder.write({ [name]: content });
  return readClassNames(folder.path(name), expected);
}

describe('readClassNames', () => {
  it('reads one name per line, a list, and maps both ways', async () => {
    const names = ['run', 'throw a ball', 'jump'];
    expect(await read('a.txt', names, 3)).toEqual(names);
    expect(await read('a.json', JSON.stringify(names))).toEqual(names);
    expect(await read('b.json', { jump: '2', run: '0', 'throw a ball': 1 })).toEqual(names);
    expect(await read('c.json', { 0: 'run', 1: 'throw a ball', 2: 'jump' })).toEqual(names);
  });

  it('refuses a wrong number of names, repeated names and gaps', async () => {
    await expect(read('a.txt', ['run', 'jump'], 3)).rejects.toThrow('a.txt: holds 2 class names, expected 3');
    await expect(read('a.txt', ['run', 'run'])).rejects.toThrow("class name 'run' stands at both 0 and 1");
    await expect(read('a.json', { run: 0, jump: 2 })).rejects.toThrow("index 2 of 'jump' is repeated or above 1");
    await expect(read('a.json', { run: 0, jump: 0 })).rejects.toThrow("index 0 of 'jump' is repeated");
    await expect(read('a.json', { run: 'first' })).rejects.toThrow('\'run\' is mapped to "first"');
    await expect(read('a.json', '{')).rejects.toThrow('a.json: is not JSON');
  });
});
