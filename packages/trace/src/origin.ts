import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where in the user's code a node of the graph comes from: the call stack, formatted only when somebody asks. */
export interface Origin {
  stack?: string;
}

/** TensorFlow.js puts some fifteen frames between a call and its kernel. */
export const FRAMES = 40;

/**
 * This package's own folder, whether its sources run or its bundle: its frames are not the user's. None where it is part
 * of somebody's bundle.
 */
const OWN_FOLDER = /^(.*)[\\/](?:src|dist)[\\/]/.exec(fileURLToPath(import.meta.url))?.[1];

/**
 * TensorFlow.js as installed, and as source maps have it: they say `tfjs-core/src/engine.ts`, of whichever folder they
 * are taken to start from.
 */
const TENSORFLOW_JS = /[\\/](?:@tensorflow[\\/+]|tfjs(?:-[\w-]+)?[\\/](?:src|dist)[\\/])/;

/** This package and the engines that share it, as installed, or within a bundle that has source maps. */
const OWN_NAME = /[\\/]@vjepa[\\/](?:trace|tensorflow|xla)[\\/](?:src|dist)[\\/]/;

/** Remembers the current call stack. Cheap: V8 formats a stack when it is first read. */
export function captureOrigin(): Origin {
  const origin: Origin = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  Error.captureStackTrace(origin, captureOrigin);
  Error.stackTraceLimit = limit;
  return origin;
}

/**
 * The line of user code an origin stands for, as `file:line:column`: the innermost frame that is neither
 * TensorFlow.js's nor this package's. Model code of other packages counts as the user's.
 */
export function userLine(origin: Origin): string {
  const frames = (origin.stack ?? '').split('\n').filter((line) => /^\s*at /.test(line));
  const frame = frames.find(isUserFrame) ?? frames[0];
  if (frame === undefined) return 'unknown line';
  return placeOf(frame) ?? frame.trim().slice(3);
}

/**
 * `file:line:column` of a frame, `at name (place)` or `at place`; undefined of the JavaScript engine's own functions.
 * Functions without a name have a place too.
 */
function placeOf(frame: string): string | undefined {
  const [, ofNamed, ofNameless] = /^\s*at (?:.*? \((.*)\)|(?:async )?(.*))$/.exec(frame) ?? [];
  const place = ofNamed ?? ofNameless ?? '';
  if (!/:\d+:\d+$/.test(place) || /^(?:node|native):|<anonymous>/.test(place)) return undefined;
  return place.startsWith('file:') ? fileURLToPath(place) : place;
}

function isUserFrame(frame: string): boolean {
  const place = placeOf(frame);
  if (place === undefined || TENSORFLOW_JS.test(place) || OWN_NAME.test(place)) return false;
  const own =
    OWN_FOLDER !== undefined && ['src', 'dist'].some((folder) => place.includes(join(OWN_FOLDER, folder, '/')));
  return !own || /\.test\.[cm]?[jt]s/.test(place);
}
