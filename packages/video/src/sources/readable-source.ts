import { VideoError } from '../video-error.js';
import { openSource } from './open-source.js';
import type { SourceFile } from './source-file.js';
import { requireWholeFile } from './whole-file.js';

/**
 * Opens a source for the time of `use`, after rejecting what no decoder needs to look at.
 * @throws VideoError `missing`, `unreadable`, `empty` or `truncated`
 */
export function withReadableSource<T>(path: string, use: (file: SourceFile, path: string) => T): T {
  const file = openSource(path);
  try {
    if (file.size() === 0) throw new VideoError('empty', path, 'the file has 0 bytes');
    requireWholeFile(file, path);
    return use(file, path);
  } finally {
    file.close();
  }
}
