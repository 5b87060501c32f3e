import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { makeFolder, writeFileAtomically } from '@vjepa/files';
import { PrepareError } from './prepare-error.js';
import type { TranscodeSettings } from './transcoder.js';

const SETTINGS_NAME = 'prepare.json';

/**
 * Opens the folder that holds the copies, creating it if need be.
 *
 * @throws PrepareError when copies in it were made with other settings.
 */
export function openPreparedFolder(folder: string, settings: TranscodeSettings): void {
  const file = join(folder, SETTINGS_NAME);
  const text = `${JSON.stringify(settings, null, 2)}\n`;
  if (!existsSync(file)) {
    makeFolder(folder);
    writeFileAtomically(file, text);
    return;
  }
  const found = readFileSync(file, 'utf8');
  if (found !== text) {
    const line = (json: string) => json.replace(/\s+/g, ' ').trim();
    const problem = `${file}: the copies in this folder were made with ${line(found)}, now asked for ${line(text)}`;
    throw new PrepareError('folder', problem, 'use the same settings or another folder');
  }
}

/**
 * Where the copy of a video lies: its own name, and a hash of its whole path or address, so that no two collide.
 *
 * @param source an absolute path, an address, or a member of a shard
 */
export function copyPath(folder: string, source: string): string {
  const hash = createHash('sha256').update(source).digest('hex');
  const member = /#tar:\d+\+\d+:(.*)$/s.exec(source)?.[1];
  const path = member ?? (isAddress(source) ? source.replace(/[?#].*$/s, '') : source);
  const whole = basename(path, extname(path)).replace(/[\s\p{Cc}\\:]+/gu, '_');
  // File systems take 255 bytes, and what is being written has a longer name.
  const name = Buffer.from(whole)
    .subarray(0, 200)
    .toString()
    .replace(/\uFFFD+$/, '');
  return join(folder, hash.slice(0, 2), `${name}-${hash.slice(0, 10)}.mp4`);
}

/** Whether a copy is there and newer than its source, where that has a time. Copies are only ever there whole. */
export function isPrepared(source: string, copy: string): boolean {
  try {
    const archive = source.replace(/#tar:\d+\+\d+:.*$/s, '');
    return statSync(copy).mtimeMs >= (isAddress(archive) ? 0 : statSync(archive).mtimeMs);
  } catch {
    return false;
  }
}

/** Makes the folder a copy goes into. */
export function makeRoom(copy: string): void {
  makeFolder(dirname(copy));
}

function isAddress(source: string): boolean {
  return /^https?:\/\//i.test(source);
}
