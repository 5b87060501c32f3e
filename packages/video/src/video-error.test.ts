import { expect, it } from 'vitest';
import { VideoError, type VideoErrorCode } from './video-error.js';

it.for(['EIO', 'ESTALE', 'EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM', 'ECONNRESET', 'ETIMEDOUT', 'EAI_AGAIN'])(
  'the system’s own trouble (%s) is not the file’s',
  (code) => {
    const error = VideoError.from(Object.assign(new Error(`${code}: trouble, read`), { code }), '/a.mp4', 'unreadable');
    expect(error).toMatchObject({ code: 'unavailable', passing: true, reason: `${code}: trouble, read` });
    const wrapped = new TypeError('fetch failed', { cause: Object.assign(new Error('trouble'), { code }) });
    expect(VideoError.from(wrapped, '/a.mp4')).toMatchObject({ code: 'unavailable' });
  },
);

it('what is wrong with the file stays so', () => {
  const own: VideoErrorCode[] = ['missing', 'unreadable', 'empty', 'not-a-video', 'truncated', 'decode-failed'];
  for (const code of own) expect(new VideoError(code, '/a.mp4', 'so').passing).toBe(false);
  const forbidden = Object.assign(new Error('EPERM'), { code: 'EPERM' });
  expect(VideoError.from(forbidden, '/a.mp4', 'unreadable')).toMatchObject({ code: 'unreadable', passing: false });
});

it('an error keeps everything on its way between threads', () => {
  const error = new VideoError('unavailable', '/a.mp4', 'the server answered 429', { retryAfterMs: 1500 });
  const copy = VideoError.fromRecord(structuredClone(error.toRecord()));
  expect({ ...copy, message: copy.message }).toEqual({ ...error, message: error.message });
});
