import { dirname, relative, resolve, sep } from 'node:path';
import type { IndexedVideo } from './video-index.js';

/**
 * An index of `videos` as text; paths below the index's folder are relative to it, so that the two can move together. A
 * video without a class has none in it. `readVideoIndex` reads it back as it was.
 *
 * @param indexFile where the text is to be written
 */
export function videoIndexText(
  videos: readonly Pick<IndexedVideo, 'path' | 'label' | 'className'>[],
  indexFile: string,
): string {
  const folder = dirname(resolve(indexFile));
  return videos
    .map(({ path, label, className }) => {
      const name = path.startsWith(folder + sep) ? relative(folder, path) : path;
      // A folder such as 2019 would be read as class number 2019.
      const named = className === undefined || /[\r\n]|^\d+$/.test(className) ? '' : className;
      const written = label >= 0 ? String(label) : named;
      // What could be read in another way is quoted, as the reference's reader takes it as well.
      const isPlain = /^[^\s"#,;][^\s",;]*$/.test(name) && !name.includes('::') && (label >= 0 || named === '');
      const quoted = isPlain ? name : `"${name.replaceAll('"', '""')}"`;
      return written === '' ? `${quoted}\n` : `${quoted} ${written}\n`;
    })
    .join('');
}
