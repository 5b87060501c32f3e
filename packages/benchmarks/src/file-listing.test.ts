import type * as Files from 'node:fs/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { FileListing } from './file-listing.js';

const failure = (code: string) => Promise.reject(Object.assign(new Error(code), { code }));
const answers = { readdir: '', stat: '' };
vi.mock('node:fs/promises', async (original) => ({
  ...(await original<typeof Files>()),
  readdir: () => (answers.readdir === '' ? Promise.resolve(['a.mp4']) : failure(answers.readdir)),
  stat: () => (answers.stat === '' ? Promise.resolve({}) : failure(answers.stat)),
}));
afterEach(() => Object.assign(answers, { readdir: '', stat: '' }));

const has = (name: string) => new FileListing().has(`/data/${name}`);

it('files are there when their folder lists them', async () => {
  expect(await has('a.mp4')).toBe(true);
  expect(await has('b.mp4')).toBe(false);
  answers.readdir = 'ENOENT';
  expect(await has('a.mp4')).toBe(false);
});

it.for(['EIO', 'ESTALE', 'EMFILE', 'EACCES'])('a folder that cannot be listed (%s) is no empty one', async (code) => {
  answers.readdir = code;
  expect(await has('a.mp4')).toBe(true);
  answers.stat = 'ENOENT';
  expect(await has('a.mp4')).toBe(false);
  answers.stat = code;
  expect(await has('a.mp4')).toBe(true);
});
