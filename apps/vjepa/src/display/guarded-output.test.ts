import { Writable } from 'node:stream';
import { printable } from '@vjepa/training/printable';
import { afterEach, describe, expect, it } from 'vitest';
import { guardOutput, terminalOf } from './guarded-output.js';
import { createLiveDisplay } from './live-display.js';

function collected() {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  }) as unknown as NodeJS.WriteStream;
  return { stream, text: () => chunks.join('') };
}

describe('printable', () => {
  it('writes out what a terminal would obey', () => {
    expect(printable('\x1b[2J\x1b]0;title\x07 \x9b31m \x7f\b')).toBe(
      '\\u001b[2J\\u001b]0;title\\u0007 \\u009b31m \\u007f\\u0008',
    );
    expect(printable('safe\rerror: lost')).toBe('safe\\u000derror: lost');
    expect(printable('clip\u202e4pm.exe')).toBe('clip\\u202e4pm.exe');
  });

  it('leaves text as people write it alone', () => {
    const text = 'naïve 文 \ud83c\udfa5 العربية\tname\r\nnext\n';
    expect(printable(text)).toBe(text);
  });

  it('leaves JSON the same JSON', () => {
    const value = { name: 'a\x9b\x7f\x1b\u202e' };
    expect(JSON.parse(printable(JSON.stringify(value)))).toEqual(value);
  });
});

describe('guarded output', () => {
  let release = () => {};
  afterEach(() => release());

  it('is printable whoever writes, until it is released', () => {
    const { stream, text } = collected();
    release = guardOutput([stream]);
    stream.write('a\x1b[2Jb\n');
    release();
    stream.write('\x1b[0m');
    expect(text()).toBe('a\\u001b[2Jb\n\x1b[0m');
  });

  it('lets bytes pass: they are data', () => {
    const { stream, text } = collected();
    release = guardOutput([stream]);
    stream.write(Buffer.from('\x1b'));
    expect(text()).toBe('\x1b');
  });

  it('lets those draw who ask for the terminal, also guarded twice', () => {
    const { stream, text } = collected();
    release = guardOutput([stream]);
    const releaseInner = guardOutput([stream]);
    terminalOf(stream).write('\r\x1b[K');
    releaseInner();
    expect(text()).toBe('\r\x1b[K');
  });

  it('holds for the live display: names and warnings in it obey nothing', () => {
    const { stream, text } = collected();
    release = guardOutput([stream]);
    const display = createLiveDisplay({ title: 'runs/\x1b[8m', totalSteps: 2, totalEpochs: 1, stream, intervalMs: 0 });
    display.print('video \x1b[8m.mp4');
    display.warn('\x1b[8m in a warning');
    display.close();
    expect(text()).not.toContain('\x1b[8m');
    expect(text()).toContain('video \\u001b[8m.mp4\n');
  });
});
