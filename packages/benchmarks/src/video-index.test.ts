import { realpath, symlink } from 'node:fs/promises';
import { basename, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { namesShards } from './dataset-input.js';
import { temporaryFolder } from './temporary-folder.fixture.js';
import { readVideoIndex } from './video-index.js';
import { videoIndexText } from './video-index-text.js';

const folder = temporaryFolder();

describe('readVideoIndex', () => {
  it('is of a list or a folder', async () => {
    await expect(readVideoIndex(undefined as never)).rejects.toThrow(
      'inputs: expected a list, a folder or several of them, found undefined',
    );
  });

  it('joins files in order; paths may hold spaces and start from the index file', async () => {
    await folder.write({
      'lists/train.csv': '\uFEFFclips/a b.mp4 3\r\n"clips/c d.mp4" 0\r\n\r\n',
      'lists/more.txt': `${folder.path('lists/clips/e.mp4')} 7`,
      'lists/clips/a b.mp4': '',
      'lists/clips/c d.mp4': '',
      'lists/clips/e.mp4': '',
    });
    const files = [folder.path('lists/train.csv'), folder.path('lists/more.txt')];
    const index = await readVideoIndex(files, { classes: 8 });
    expect(index.entries.map(({ path, label, line }) => [basename(path), label, line])).toEqual([
      ['a b.mp4', 3, 1],
      ['c d.mp4', 0, 2],
      ['e.mp4', 7, 1],
    ]);
    expect(index.counts).toEqual([
      { file: files[0], count: 2, input: 0 },
      { file: files[1], count: 1, input: 1 },
    ]);
  });

  it.each([
    ['a.mp4', 'the label is missing'],
    ['a.mp4 -1', 'labels start at 0'],
    ['a.mp4 1.5', 'the label must be a whole number from 0'],
    ['a.mp4 0x10', 'the label must be a whole number from 0'],
    ['a.mp4 archery', 'or the names of the classes must be given in label order'],
    [' 4', "bad.csv:2: ' 4' is not 'path label'"],
    [',4', "bad.csv:2: ',4' is not 'path label'"],
    ['"a.mp4"b 4', "is not 'path label'"],
    ['"a.mp4 4', `bad.csv:2: a quote is not closed: '"a.mp4 4'`],
    ['a.mp4 5', 'bad.csv:2: label 5 is outside the 5 classes (0..4)'],
    ['s3://bucket/a.mp4 4', "bad.csv:2: 's3://bucket/a.mp4': s3 addresses are not read"],
    ['http://[/a.mp4 4', 'is no address'],
  ])('names the line of %j', async (line, message) => {
    await folder.write({ 'bad.csv': ['fine.mp4 0', line] });
    await expect(readVideoIndex(folder.path('bad.csv'), { classes: 5, checkFiles: false })).rejects.toThrow(message);
  });

  it('lists what is listed twice, unless told to keep it', async () => {
    await folder.write({ 'a.csv': ['x.mp4 0', 'y.mp4 1'], 'b.csv': ['z.mp4 0', 'y.mp4 2'] });
    const files = [folder.path('a.csv'), folder.path('b.csv')];
    await expect(readVideoIndex(files, { checkFiles: false })).rejects.toThrow(
      `${files[1]}:2: a video is listed twice; keep one line of each:\n` +
        `  ${folder.path('y.mp4')}: ${files[0]}:2 and ${files[1]}:2, with labels 1 and 2`,
    );
    expect((await readVideoIndex(files, { checkFiles: false, duplicates: 'keep' })).entries).toHaveLength(4);
  });

  it('lists missing videos, and separates as many as are allowed', async () => {
    await folder.write({ 'a.csv': ['x.mp4 0', 'y.mp4 1', 'no/z.mp4 1'], 'x.mp4': '' });
    const file = folder.path('a.csv');
    await expect(readVideoIndex(file)).rejects.toThrow(
      `${file}: 2 of 3 files are missing, 0 allowed; put them in place or allow 2 missing files:\n  ${folder.path('y.mp4')}`,
    );
    await expect(readVideoIndex(file, { allowMissing: 1 })).rejects.toThrow('2 of 3 files are missing, 1 allowed');
    const index = await readVideoIndex(file, { allowMissing: 2 });
    expect(index.entries.map(({ label }) => label)).toEqual([0]);
    expect(index.missing.map(({ label, line }) => [label, line])).toEqual([
      [1, 2],
      [1, 3],
    ]);
  });

  it('names the remedy for files that are no index', async () => {
    await folder.write({ 'a.json': '[]', 'empty.csv': '\n' });
    await expect(readVideoIndex(folder.path('no.csv'))).rejects.toThrow(
      'no.csv: the file does not exist; check the path',
    );
    await expect(readVideoIndex(folder.path('a.json'))).rejects.toThrow(
      "ending in '.json' is not known; expected a list (.csv",
    );
    await expect(readVideoIndex(folder.path('empty.csv'))).rejects.toThrow('lists no videos');
    await expect(readVideoIndex(folder.path('a.tar.gz'))).rejects.toThrow('unpack it to a .tar');
    await expect(readVideoIndex('http://127.0.0.1:9/a.csv')).rejects.toThrow('save it on disk and name the file');
  });

  it('refuses what is no text', async () => {
    await folder.write({ 'film.csv': Uint8Array.of(0, 1, 0xff, 0xfe, 0x80) });
    await expect(readVideoIndex(folder.path('film.csv'))).rejects.toThrow('film.csv: is no UTF-8 text');
  });
});

describe('lists as people write them', () => {
  /** Path (below the folder) and label of each line. */
  async function read(text: string | Uint8Array, name = 'list.csv') {
    await folder.write({ [name]: text });
    const { entries } = await readVideoIndex(folder.path(name), {
      ...{ labels: 'optional', checkFiles: false, duplicates: 'keep' },
    });
    return entries.map(({ path, label, className }) => [
      path.startsWith(folder.path()) ? relative(folder.path(), path) : path,
      className ?? label,
    ]);
  }

  it.each([
    [
      "the reference's format",
      'a.mp4 0\nb c.mp4 1\n',
      [
        ['a.mp4', 0],
        ['b c.mp4', 1],
      ],
    ],
    [
      'tabs',
      'a.mp4\t0\nb c.mp4\t1\n',
      [
        ['a.mp4', 0],
        ['b c.mp4', 1],
      ],
    ],
    [
      'commas',
      'a.mp4,0\nb, c.mp4, 1\n',
      [
        ['a.mp4', 0],
        ['b, c.mp4', 1],
      ],
    ],
    [
      'semicolons',
      'a.mp4;0\nb.mp4; 1\n',
      [
        ['a.mp4', 0],
        ['b.mp4', 1],
      ],
    ],
    [
      'double colons',
      'a b.mp4::0\n"x::y.mp4"::1\nc.mp4::playing drums\nd::2.mp4\n',
      [
        ['a b.mp4', 0],
        ['x::y.mp4', 1],
        ['c.mp4', 'playing drums'],
        ['d::2.mp4', -1],
      ],
    ],
    [
      'quotes',
      '"with space.mp4" 0\n"q""uote.mp4" 1\n"x,y.mp4",2\n',
      [
        ['with space.mp4', 0],
        ['q"uote.mp4', 1],
        ['x,y.mp4', 2],
      ],
    ],
    [
      'a quoted path that ends in a number',
      '"take 2"\n"take 2" 3\n',
      [
        ['take 2', -1],
        ['take 2', 3],
      ],
    ],
    [
      'a name with a newline',
      '"a\nb.mp4" 0\nc.mp4 1\n',
      [
        ['a\nb.mp4', 0],
        ['c.mp4', 1],
      ],
    ],
    [
      'no labels',
      'a.mp4\nb c.mp4\nd, 2.mp4\n',
      [
        ['a.mp4', -1],
        ['b c.mp4', -1],
        ['d, 2.mp4', -1],
      ],
    ],
    [
      'labels here and there',
      'a.mp4 3\nb.mp4\nc.mp4,\n',
      [
        ['a.mp4', 3],
        ['b.mp4', -1],
        ['c.mp4', -1],
      ],
    ],
    [
      'class names',
      'a b.mp4 playing drums\nc.mp4,archery\nd.mp4\tarchery\n',
      [
        ['a b.mp4', 'playing drums'],
        ['c.mp4', 'archery'],
        ['d.mp4', 'archery'],
      ],
    ],
    [
      'what is no number as a name',
      'a.mp4 0x10\nb.mp4 -1\n',
      [
        ['a.mp4', '0x10'],
        ['b.mp4', '-1'],
      ],
    ],
    ['comments, blank lines and Windows line ends', '# made by hand\r\n\r\na.mp4 0\r\n#b.mp4 1\r\n', [['a.mp4', 0]]],
    ['a header', 'path label\na.mp4 0\n', [['a.mp4', 0]]],
    ['a header of paths alone', 'path\na.mp4\n', [['a.mp4', -1]]],
    [
      'a header with commas, columns in any order',
      'label,Video Path,seconds\n3,"a,b.mp4",1.5\narchery,c.mp4,2\n',
      [
        ['a,b.mp4', 3],
        ['c.mp4', 'archery'],
      ],
    ],
    [
      'quotes around everything',
      '"a.mp4","3"\n"b.mp4","playing drums"\n',
      [
        ['a.mp4', 3],
        ['b.mp4', 'playing drums'],
      ],
    ],
    [
      'the row numbers of pandas',
      ',path,label\n0,a.mp4,3\n1,b.mp4,4\n',
      [
        ['a.mp4', 3],
        ['b.mp4', 4],
      ],
    ],
    ['a header with tabs', 'path\tlabel\na b.mp4\t3\n', [['a b.mp4', 3]]],
    [
      'a video whose name looks like a header',
      'video 0\npath.mp4 1\n',
      [
        ['video', 0],
        ['path.mp4', 1],
      ],
    ],
    [
      'addresses',
      'http://127.0.0.1:8000/a.mp4 0\nfile:///videos/a%20b.mp4 1\nhttps://h/c%2F.mp4?sig=a%2Bb&t=1 2\n',
      [
        ['http://127.0.0.1:8000/a.mp4', 0],
        ['/videos/a b.mp4', 1],
        ['https://h/c%2F.mp4?sig=a%2Bb&t=1', 2],
      ],
    ],
    [
      'pictures',
      'a.jpg 0\nb.png\n',
      [
        ['a.jpg', 0],
        ['b.png', -1],
      ],
    ],
  ] as [string, string, unknown[]][])('reads %s', async (_, text, expected) => {
    expect(await read(text)).toEqual(expected);
  });

  it('reads back what videoIndexText wrote, whatever the names', async () => {
    const names = ['a.mp4', 'b c.mp4', 'd, 2', 'e::3', '"f" 4', '#g.mp4', 'h;5'];
    const videos = names.map((name, label) => ({ path: folder.path(name), label }));
    const text = videoIndexText(videos, folder.path('list.csv'));
    expect(await read(text)).toEqual(names.map((name, label) => [name, label]));
    const unlabelled = videos.map(({ path }) => ({ path, label: -1 }));
    expect(await read(videoIndexText(unlabelled, folder.path('list.csv')))).toEqual(names.map((name) => [name, -1]));
  });

  it.each([',0', ' 4', ';', '::4', 'a\tb.mp4', 'a\0.mp4 3'])(
    'refuses %j, which has no path, also where labels are optional',
    async (line) => {
      await expect(read(`a.mp4\n${line}\n`)).rejects.toThrow(`list.csv:2: '${line}' is not 'path label'`);
    },
  );

  it('reads UTF-16, as Windows writes it', async () => {
    expect(await read(Buffer.from('\uFEFFä.mp4 0\r\n', 'utf16le'))).toEqual([['ä.mp4', 0]]);
    const swapped = Buffer.from('\uFEFFä.mp4 0\r\n', 'utf16le').swap16();
    expect(await read(swapped)).toEqual([['ä.mp4', 0]]);
  });

  it('takes a line that begins with # for a video where there is one', async () => {
    await folder.write({ '#1.mp4': '' });
    expect(await read('#1.mp4 4\n#2.mp4 5\n')).toEqual([['#1.mp4', 4]]);
  });

  it('takes a first line that could be a column for a video where there is one', async () => {
    expect(await read('clip\na.mp4\n')).toEqual([['a.mp4', -1]]);
    await folder.write({ clip: '' });
    expect(await read('clip\na.mp4\n')).toEqual([
      ['clip', -1],
      ['a.mp4', -1],
    ]);
  });

  it('says which column comes first', async () => {
    await expect(read('label path\n3 a.mp4\n')).rejects.toThrow("list.csv:1: 'label path': the path comes first");
  });

  it('names the line of a row that does not fit its header', async () => {
    await folder.write({ 'list.csv': ['path,label', 'a.mp4,0,1'] });
    await expect(readVideoIndex(folder.path('list.csv'))).rejects.toThrow(
      'list.csv:2: has 3 fields, its first line names 2',
    );
  });

  it('looks class names up where labels count', async () => {
    await folder.write({ 'list.csv': ['a.mp4 archery', 'b.mp4 0'], 'bad.csv': ['a.mp4,drumming'] });
    const options = { classNames: ['abseiling', 'archery'], checkFiles: false };
    const { entries, classNames } = await readVideoIndex(folder.path('list.csv'), options);
    expect(entries.map(({ label }) => label)).toEqual([1, 0]);
    expect(classNames).toEqual(options.classNames);
    await expect(readVideoIndex(folder.path('bad.csv'), options)).rejects.toThrow(
      "bad.csv:1: class 'drumming' is not one of the 2 class names",
    );
  });
});

describe('folders, globs and braces', () => {
  const names = (entries: { path: string }[]) => entries.map(({ path }) => relative(folder.path(), path));
  const unlabelled = (input: string | string[], more: object = {}) =>
    readVideoIndex(input, { labels: 'optional', ...more });

  it('reads a folder and those below, links followed, hidden files and system folders left out', async () => {
    await folder.write({
      'v/b.mp4': '',
      'v/a.MPG': '',
      'v/._b.mp4': '',
      'v/deep/er/c.wmv': '',
      'v/notes.txt': '',
      'v/lost+found/d.mp4': '',
      'v/.trash/e.mp4': '',
      'elsewhere/f.mp4': '',
    });
    await symlink(folder.path('elsewhere/f.mp4'), folder.path('v/link.mp4'));
    await symlink(folder.path('elsewhere'), folder.path('v/more.v2'));
    await symlink(folder.path('v'), folder.path('v/deep/around'));
    await symlink('.', folder.path('v/self'));
    await symlink('nowhere.mp4', folder.path('v/gone.mp4'));
    const { entries, counts } = await unlabelled(folder.path('v'));
    expect(names(entries)).toEqual([
      'v/a.MPG',
      'v/b.mp4',
      'v/deep/er/c.wmv',
      'v/gone.mp4',
      'v/link.mp4',
      'v/more.v2/f.mp4',
    ]);
    expect(entries.every(({ label }) => label === -1)).toBe(true);
    expect(counts).toEqual([{ file: folder.path('v'), count: 6, input: 0 }]);
    expect(names((await unlabelled(folder.path('v'), { recursive: false })).entries)).toEqual([
      'v/a.MPG',
      'v/b.mp4',
      'v/gone.mp4',
      'v/link.mp4',
    ]);
  });

  it('expands globs and braces, sorted; a name that exists goes first', async () => {
    await folder.write({
      'a1.mp4': '',
      'a2.mp4': '',
      'b1.mp4': '',
      'b[1].mp4': '',
      'd/e.mp4': '',
      'x.csv': ['a1.mp4'],
      'y.csv': ['a2.mp4'],
    });
    const read = async (pattern: string) => names((await unlabelled(folder.path(pattern))).entries);
    expect(await read('a*.mp4')).toEqual(['a1.mp4', 'a2.mp4']);
    expect(await read('**/*.mp4')).toEqual(['a1.mp4', 'a2.mp4', 'b1.mp4', 'b[1].mp4', 'd/e.mp4']);
    expect(await read('*')).toEqual(['a1.mp4', 'a2.mp4', 'b1.mp4', 'b[1].mp4', 'd/e.mp4']);
    expect(await read('b[1].mp4')).toEqual(['b[1].mp4']);
    expect(await read('{y,x}.csv')).toEqual(['a2.mp4', 'a1.mp4']);
    expect(await read('?.csv')).toEqual(['a1.mp4', 'a2.mp4']);
    expect(await read('a{1..2}.mp4')).toEqual(['a1.mp4', 'a2.mp4']);
    await expect(read('z*.mp4')).rejects.toThrow('nothing that can be read has a name like this');
    await expect(read('a{3..1}.mp4')).rejects.toThrow('expected a range that ascends, found {3..1}');
    await expect(read('a{1..99999999}.mp4')).rejects.toThrow('more than 1000000 names');
    await expect(read(`a${'{0,1}'.repeat(30)}.mp4`)).rejects.toThrow('more than 1000000 names');
    await expect(read('a3.mp4')).rejects.toThrow('a3.mp4: does not exist, neither as a file nor as a folder');
  });

  it('looks for patterns from the current folder, whatever its name', async () => {
    await folder.write({ 'a[1]/x.mp4': '', 'a[1]/b/y.mp4': '', 'z.mp4': '' });
    const cwd = process.cwd();
    process.chdir(folder.path('a[1]'));
    try {
      const found = await Promise.all(['*.mp4', './*/*.mp4', '../*.mp4'].map((pattern) => unlabelled(pattern)));
      const here = await realpath(folder.path());
      expect(found.map(({ entries }) => entries.map(({ path }) => relative(here, path)))).toEqual([
        ['a[1]/x.mp4'],
        ['a[1]/b/y.mp4'],
        ['z.mp4'],
      ]);
    } finally {
      process.chdir(cwd);
    }
  });

  it('says which input a list of braces came from', async () => {
    await folder.write({ 'x1.csv': ['a.mp4'], 'x2.csv': ['b.mp4'], 'y.csv': ['c.mp4', 'd.mp4'] });
    const inputs = ['x{1..2}.csv', 'y.csv'].map((name) => folder.path(name));
    const { counts } = await unlabelled(inputs, { checkFiles: false });
    expect(counts.map(({ input, count }) => [input, count])).toEqual([
      [0, 1],
      [0, 1],
      [1, 2],
    ]);
  });

  it('takes class folders as labels where labels count, also links with dots', async () => {
    await folder.write({ 'train/b/1.mp4': '', 'train/b/deep/2.mp4': '', 'set.v2/3.mkv': '', 'val/b/4.mp4': '' });
    await symlink(folder.path('set.v2'), folder.path('train/a.link'));
    const train = await readVideoIndex(folder.path('train'), { classes: 2 });
    expect(train.classNames).toEqual(['a.link', 'b']);
    expect(train.entries.map(({ label }) => label)).toEqual([0, 1, 1]);
    const val = await readVideoIndex(folder.path('val'), { classNames: train.classNames! });
    expect(val.entries.map(({ label }) => label)).toEqual([1]);
    await folder.write({ 'val/c/5.mp4': '' });
    await expect(readVideoIndex(folder.path('val'), { classNames: train.classNames! })).rejects.toThrow(
      "val/c/5.mp4: class 'c' is not one of the 2 class names (a.link, b)",
    );
    await folder.write({ 'train/loose.mp4': '' });
    await expect(readVideoIndex(folder.path('train'))).rejects.toThrow('loose.mp4: has no label');
    await expect(readVideoIndex(folder.path('train/b/deep'))).rejects.toThrow('holds no class folders');
  });

  it('says what a folder without videos holds instead', async () => {
    await folder.write({ 'shards/a.tar': '', 'lists/a.csv': '', 'only/below/a.mp4': '', 'none/a.doc': '' });
    await expect(unlabelled(folder.path('shards'))).rejects.toThrow(
      `but 1 tar shards; name them: ${folder.path('shards/*.tar')}`,
    );
    await expect(unlabelled(folder.path('lists'))).rejects.toThrow(`name them: ${folder.path('lists/*.csv')}`);
    await expect(unlabelled(folder.path('only'), { recursive: false })).rejects.toThrow('there are 1 folders in it');
    await expect(unlabelled(folder.path('none'))).rejects.toThrow('none: holds no files ending in .mp4');
  });

  it('knows shards by their name, also behind signed addresses', () => {
    expect(namesShards('https://h/a-{0..9}.tar?X-Signature=a%2Fb.csv')).toBe(true);
    expect(namesShards('a.TAR')).toBe(true);
    expect(namesShards('https://h/a.mp4?of=b.tar')).toBe(false);
  });
});
