import { describe, expect, it } from 'vitest';
import { readCsv, readCsvTable } from './comma-separated.js';
import { temporaryFolder } from './temporary-folder.fixture.js';

const folder = temporaryFolder();

async function read(text: string) {
  await folder.write({ 'a.csv': text });
  return readCsv(folder.path('a.csv'));
}

describe('readCsv', () => {
  it('gives the fields of each line that is not blank, without the spaces around them', async () => {
    expect(await read('a, b ,\r\n\r\n "c, d" ,"e ""f"""\n,,\n')).toEqual([
      { fields: ['a', 'b', ''], line: 1 },
      { fields: ['c, d', 'e "f"'], line: 3 },
      { fields: ['', '', ''], line: 4 },
    ]);
  });

  it('keeps a line break inside a quote that opens the line', async () => {
    expect(await read('"a\nb",1\nc,2\n')).toEqual([
      { fields: ['a\nb', '1'], line: 1 },
      { fields: ['c', '2'], line: 3 },
    ]);
  });

  it.each([
    ['a,b\n\nc,"d\ne,f\n', "a.csv:3: a quote is not closed: 'c,\"d'"],
    ['a,b\n"c\nd,e\n', "a.csv:2: a quote is not closed: '\"c'"],
    ['a,b\n\n"c"d,1\n', 'a.csv:3: quotes stand around a whole field'],
    ['a,b\nc,d "e"\n', 'a.csv:2: quotes stand around a whole field'],
  ])('names the line of a quote that is wrong: %j', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});

describe('readCsvTable', () => {
  it('finds columns by their names, whatever their case and order', async () => {
    await folder.write({ 'a.csv': 'Label,"youtube_id"\n"playing, loudly",x\n' });
    const { columns, rows } = await readCsvTable(folder.path('a.csv'), ['youtube_id']);
    expect(columns).toEqual(['label', 'youtube_id']);
    expect(rows.map(({ get }) => get('label'))).toEqual(['playing, loudly']);
  });
});
