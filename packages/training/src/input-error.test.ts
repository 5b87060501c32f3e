import { describe, expect, it } from 'vitest';
import { InputError, reasonOf } from './input-error.js';
import { option, sentence } from './sentence.js';

const flags = (name: string) => ({ folder: '--run', batchSize: 'data.batch_size' })[name] ?? name;

describe('InputError', () => {
  it('says what is wrong with what, and what helps', () => {
    const error = new InputError({ subject: 'runs/a', problem: 'is a file', remedy: 'choose another folder' });
    expect(error.message).toBe('runs/a: is a file; choose another folder');
    const asSentence = new InputError({ subject: 'runs/a', problem: 'is a file', remedy: 'Choose another folder' });
    expect(asSentence.message).toBe('runs/a: is a file. Choose another folder');
  });

  it('says what was expected and found', () => {
    const error = new InputError({ subject: option('batchSize'), expected: 'at least 1', found: 0, code: 'too-few' });
    expect(error.message).toBe('`batchSize`: expected at least 1, found 0');
    expect(error).toMatchObject({ subject: '`batchSize`', expected: 'at least 1', found: 0, code: 'too-few' });
  });

  it('names options as whoever says it does', () => {
    const remedy = sentence`choose another with ${option('folder')}`;
    const error = new InputError({ subject: 'folder', problem: 'is a file', remedy });
    expect(error.message).toBe('folder: is a file; choose another with `folder`');
    expect(error.sentence.inWords(flags)).toBe('folder: is a file; choose another with --run');
  });

  it('keeps the options of an error that it passes on', () => {
    const cause = new InputError({ subject: option('batchSize'), problem: 'is odd' });
    const error = new InputError({ problem: sentence`no plan: ${reasonOf(cause)}`, cause });
    expect(error.message).toBe('no plan: `batchSize`: is odd');
    expect(error.sentence.inWords(flags)).toBe('no plan: data.batch_size: is odd');
    expect(error.cause).toBe(cause);
  });
});
