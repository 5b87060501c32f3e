import { join } from 'node:path';
import { BenchmarkError } from '../benchmark-error.js';
import { readCsv } from '../comma-separated.js';
import { firstExisting } from '../file-listing.js';
import type { Box } from '../metrics/detection.js';
import { parseIndex, readText } from '../text-file.js';

/** A person in a key frame and what they do. */
export interface AvaPerson {
  /** Corners in [0, 1] of the frame's width and height. */
  box: Box;
  /** Action ids of the label map, from 1. */
  actions: number[];
  /** 1 for annotated boxes, the detector's confidence for proposals. */
  score: number;
}

/** A key frame: the middle of a second of a film. */
export interface AvaKeyFrame {
  video: string;
  /** Second in the film; annotated from 902 to 1798. */
  timestamp: number;
  /** `video,timestamp` with four digits, as the exclusion lists write it. */
  frame: string;
  people: AvaPerson[];
}

/** Where AVA lies, and what of it is read. */
export interface AvaOptions {
  split: 'train' | 'val';
  /** Folder of the annotations. */
  root: string;
  /** Default `ava_{split}_v2.2.csv`. */
  annotations?: string | undefined;
  /** Default `ava_{split}_excluded_timestamps_v2.2.csv` when that is there. */
  excluded?: string | undefined;
  /** Default `ava_action_list_v2.2_for_activitynet_2019.pbtxt`: the 60 classes that are evaluated. */
  labelMap?: string | undefined;
  /** Person boxes of a detector as csv: `video,second,x1,y1,x2,y2,action or nothing,score`. */
  proposals?: string | undefined;
  /** Proposals below this confidence are left out. Default 0.8. */
  minimumScore?: number | undefined;
  /** Default 60. false takes any number. */
  expectedClasses?: number | false | undefined;
}

/** AVA v2.2: key frames with the people in them. */
export interface AvaBenchmark {
  name: 'ava-2.2';
  split: string;
  /** Annotated key frames without the excluded ones, in the order of the annotations. */
  keyFrames: AvaKeyFrame[];
  /** Key frames of the proposals, excluded ones left out; undefined without proposals. */
  proposals: AvaKeyFrame[] | undefined;
  /** Evaluated action ids (not contiguous) and their names. */
  classes: Map<number, string>;
  excludedFrames: Set<string>;
}

/**
 * Reads AVA v2.2: annotated boxes, excluded timestamps, the label map, and person proposals.
 *
 * @throws BenchmarkError for missing files and malformed lines
 */
export async function loadAva(options: AvaOptions): Promise<AvaBenchmark> {
  const { split, root, minimumScore = 0.8, expectedClasses = 60 } = options;
  const labelMap = options.labelMap ?? join(root, 'ava_action_list_v2.2_for_activitynet_2019.pbtxt');
  const classes = await readLabelMap(labelMap);
  if (expectedClasses !== false && classes.size !== expectedClasses) {
    throw new BenchmarkError(labelMap, `has ${classes.size} classes, expected ${expectedClasses}`);
  }
  const excludedFile =
    options.excluded ?? (await firstExisting([join(root, `ava_${split}_excluded_timestamps_v2.2.csv`)]));
  const excludedFrames = excludedFile === undefined ? new Set<string>() : await readExcluded(excludedFile);
  const keep = (keyFrame: AvaKeyFrame) => !excludedFrames.has(keyFrame.frame);
  const annotated = await readAvaBoxes(options.annotations ?? join(root, `ava_${split}_v2.2.csv`));
  const proposed =
    options.proposals === undefined ? undefined : await readAvaBoxes(options.proposals, { minimumScore });
  return {
    name: 'ava-2.2',
    split,
    keyFrames: annotated.filter(keep),
    proposals: proposed?.filter(keep),
    classes,
    excludedFrames,
  };
}

/**
 * Reads boxes as AVA's annotations have them (`video,second,x1,y1,x2,y2,action,person`), or as the usual proposal
 * files do (`video,second,x1,y1,x2,y2,action or nothing,score`). Lines with the same box are one person with several
 * actions; a line of video and second alone is a key frame without people, in which every detection is wrong.
 *
 * @throws BenchmarkError for malformed lines, boxes outside [0, 1], and pickled proposals (convert them to csv)
 */
export async function readAvaBoxes(
  path: string,
  { minimumScore }: { /** Given for proposals: their last field is a confidence. */ minimumScore?: number } = {},
): Promise<AvaKeyFrame[]> {
  if (/\.(pkl|pickle)$/.test(path)) {
    throw new BenchmarkError(path, 'is a pickle; give the csv of the same boxes (video,second,x1,y1,x2,y2,,score)');
  }
  const keyFrames = new Map<string, AvaKeyFrame>();
  const people = new Map<string, AvaPerson>();
  for (const { fields, line } of await readCsv(path)) {
    const isEmpty = fields.length === 2;
    const { video, timestamp } = parseKeyFrame(path, fields, line);
    const read = isEmpty ? undefined : parseBox(path, fields, line, minimumScore !== undefined);
    if (read !== undefined && read.score < (minimumScore ?? 0)) continue;
    const frame = frameName(video, timestamp);
    let keyFrame = keyFrames.get(frame);
    if (keyFrame === undefined) {
      keyFrame = { video, timestamp, frame, people: [] };
      keyFrames.set(frame, keyFrame);
    }
    if (read === undefined) continue;
    const place = `${frame},${read.box.join()}`;
    let person = people.get(place);
    if (person === undefined) {
      person = { box: read.box, actions: [], score: read.score };
      people.set(place, person);
      keyFrame.people.push(person);
    }
    if (read.action !== undefined) person.actions.push(read.action);
  }
  return [...keyFrames.values()];
}

function parseBox(path: string, fields: readonly string[], line: number, scored: boolean) {
  if (fields.length < 7 || fields.length > 8) {
    throw new BenchmarkError(
      path,
      `has ${fields.length} fields, expected video,second,x1,y1,x2,y2,action,… (or video,second)`,
      line,
    );
  }
  const [, , x1, y1, x2, y2, action, last] = fields;
  const box: Box = [number(x1), number(y1), number(x2), number(y2)];
  if (!box.every((corner) => corner >= -0.01 && corner <= 1.01) || box[2] < box[0] || box[3] < box[1]) {
    throw new BenchmarkError(path, `box [${box.join(', ')}] is not left, top, right, bottom in 0..1`, line);
  }
  const label = action === '' ? undefined : parseIndex(action ?? '');
  if (action !== '' && (label === undefined || label === 0)) {
    throw new BenchmarkError(path, `action '${action}' is not an action id from 1`, line);
  }
  const score = scored ? number(last) : 1;
  if (Number.isNaN(score)) throw new BenchmarkError(path, `confidence '${last}' is not a number`, line);
  return { box, action: label, score };
}

function parseKeyFrame(path: string, [video, second = '']: readonly string[], line: number) {
  const timestamp = parseIndex(second);
  if (!video || timestamp === undefined) {
    throw new BenchmarkError(path, `'${video},${second}' is not a video and a whole second`, line);
  }
  if (leadsOut(video)) {
    throw new BenchmarkError(path, `'${video}' is not the name of a video in the folder of the videos`, line);
  }
  return { video, timestamp };
}

/** A name may have folders before it, but not lead out of the folder of the videos. */
function leadsOut(name: string): boolean {
  return /[\p{Cc}\\:]/u.test(name) || name.split('/').some((part) => part === '' || part === '.' || part === '..');
}

function number(text: string | undefined): number {
  return text === undefined || text === '' ? Number.NaN : Number(text);
}

/** `video,second`, the second with four digits. */
function frameName(video: string, timestamp: number): string {
  return `${video},${String(timestamp).padStart(4, '0')}`;
}

async function readExcluded(path: string): Promise<Set<string>> {
  const frames = new Set<string>();
  for (const { fields, line } of await readCsv(path)) {
    const timestamp = parseIndex(fields[1] ?? '');
    if (fields.length !== 2 || !fields[0] || timestamp === undefined) {
      throw new BenchmarkError(path, `'${fields.join()}' is not video,second`, line);
    }
    frames.add(frameName(fields[0], timestamp));
  }
  return frames;
}

/** Reads `item { name: "stand" id: 12 }` or `label { name: "stand" label_id: 12 … }` blocks. */
async function readLabelMap(path: string): Promise<Map<number, string>> {
  const classes = new Map<number, string>();
  for (const [block] of (await readText(path)).matchAll(/(?:item|label)\s*\{[^{}]*\}/g)) {
    const name = /\bname:\s*"([^"]*)"/.exec(block)?.[1];
    const id = /\b(?:label_)?id:\s*(\d+)/.exec(block)?.[1];
    if (name === undefined || id === undefined) {
      throw new BenchmarkError(path, `a block has no name or id: ${block.replace(/\s+/g, ' ')}`);
    }
    if (classes.has(Number(id))) throw new BenchmarkError(path, `id ${id} is repeated`);
    classes.set(Number(id), name);
  }
  if (classes.size === 0) throw new BenchmarkError(path, 'holds no label { name: … label_id: … } blocks');
  return classes;
}
