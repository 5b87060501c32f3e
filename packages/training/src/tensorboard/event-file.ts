import { closeSync, openSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '../run/make-folder.js';
import { encodeEvent, type SummaryValue, type TensorBoardEvent } from './event.js';
import { encodeRecord } from './record.js';

/** An event file of a run, which TensorBoard shows while it grows. */
export interface EventFile {
  readonly path: string;
  /** Adds values under a step; they are handed to the operating system before the call returns. */
  write(step: number, values: readonly SummaryValue[]): void;
  close(): void;
}

/** Where an event file goes on, and its clock. */
export interface EventFileOptions {
  /** The step that follows: TensorBoard drops what earlier files of the folder say about it and later ones. */
  firstStep?: number | undefined;
  /** Milliseconds since 1970. */
  now?: (() => number) | undefined;
}

/**
 * Starts a new event file in `folder`, which is created if need be. TensorBoard joins all files of a folder in the order
 * of their names, so a resumed run adds one more.
 *
 * @throws Error of the file system
 */
export function createEventFile(folder: string, { firstStep = 0, now = Date.now }: EventFileOptions = {}): EventFile {
  makeFolder(folder);
  const { path, file } = openNew(folder, now());
  const append = (event: TensorBoardEvent) => {
    const record = encodeRecord(encodeEvent(event));
    for (let at = 0; at < record.byteLength; ) at += writeSync(file, record, at);
  };
  append({ wallTime: now() / 1000, fileVersion: 'brain.Event:2' });
  if (firstStep > 0) append({ wallTime: now() / 1000, step: firstStep, sessionStart: true });
  return {
    path,
    write: (step, values) => append({ wallTime: now() / 1000, step, values }),
    close: () => closeSync(file),
  };
}

/** A file nobody else writes: seconds (so that names sort by time), host, process, and a counter. */
function openNew(folder: string, time: number): { path: string; file: number } {
  const seconds = String(Math.floor(time / 1000)).padStart(10, '0');
  for (let counter = 0; ; counter++) {
    const path = join(folder, `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.${counter}`);
    try {
      return { path, file: openSync(path, 'wx') };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
