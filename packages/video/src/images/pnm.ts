import type { RgbFrames } from '../rgb-frames.js';
import { emptyPicture, requireBytes } from './picture-bytes.js';

const WHITE_SPACE = new Set([9, 10, 11, 12, 13, 32]);
const COMMENT = 35;
const LINE_FEED = 10;

/** Whether a file begins as a Netpbm picture (pbm, pgm, ppm) does. */
export function isPnm(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1]! >= 0x31 && bytes[1]! <= 0x36 && WHITE_SPACE.has(bytes[2]!);
}

/**
 * Reads a Netpbm picture, plain (P1 to P3) or binary (P4 to P6), as Pillow's `convert('RGB')` sees it: samples are scaled
 * to 0..255, but grey ones of more than 8 bits to 0..65535 and cut off at 255.
 * @throws Error saying what is wrong with the file
 */
export function readPnm(bytes: Uint8Array): RgbFrames {
  const kind = bytes[1]! - 0x30;
  const tokens = new Tokens(bytes, 2);
  const [width, height] = [tokens.number(), tokens.number()];
  const isBitmap = kind === 1 || kind === 4;
  const maximum = isBitmap ? 1 : tokens.number();
  if (maximum < 1 || maximum > 65535) throw new Error(`its largest sample is ${maximum}, expected 1 to 65535`);
  const picture = emptyPicture(width, height);
  const channels = kind === 3 || kind === 6 ? 3 : 1;
  const samples = width * height * channels;
  const source =
    kind <= 3 ? plainSamples(tokens, isBitmap, maximum) : binarySamples(bytes, tokens.at + 1, kind, picture, maximum);
  const scale = sampleScale(isBitmap, channels, maximum);
  for (let i = 0; i < samples; i++) {
    const value = scale(source(i));
    if (channels === 3) picture.data[i] = value;
    else picture.data.fill(value, 3 * i, 3 * i + 3);
  }
  return picture;
}

/** From a sample to 0..255. */
function sampleScale(isBitmap: boolean, channels: number, maximum: number): (sample: number) => number {
  // Ink is 1.
  if (isBitmap) return (sample) => (sample ? 0 : 255);
  const range = channels === 1 && maximum > 255 ? 65535 : 255;
  return (sample) => Math.min(255, roundHalfToEven((sample / maximum) * range));
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

function plainSamples(tokens: Tokens, isBitmap: boolean, maximum: number): () => number {
  return () => {
    const value = isBitmap ? tokens.bit() : tokens.number();
    if (value > maximum) throw new Error(`a sample is ${value}, expected at most ${maximum}`);
    return value;
  };
}

function binarySamples(
  bytes: Uint8Array,
  start: number,
  kind: number,
  { width, height }: RgbFrames,
  maximum: number,
): (i: number) => number {
  if (kind === 4) {
    const stride = Math.ceil(width / 8);
    requireBytes(bytes, start + stride * height);
    return (i) => (bytes[start + Math.floor(i / width) * stride + ((i % width) >> 3)]! >> (7 - ((i % width) & 7))) & 1;
  }
  const wide = maximum > 255;
  requireBytes(bytes, start + width * height * (kind === 6 ? 3 : 1) * (wide ? 2 : 1));
  return wide ? (i) => bytes[start + 2 * i]! * 256 + bytes[start + 2 * i + 1]! : (i) => bytes[start + i]!;
}

/** The words of a header, or of a plain picture, with comments between them. */
class Tokens {
  /** Where the last word ended. */
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.at = start;
  }

  number(): number {
    this.#skip();
    const start = this.at;
    while (this.at < this.#bytes.length && !WHITE_SPACE.has(this.#bytes[this.at]!)) this.at++;
    const word = String.fromCharCode(...this.#bytes.subarray(start, Math.min(this.at, start + 12)));
    if (word === '') throw new Error(`the file ends after ${this.#bytes.length} bytes, a number is missing`);
    if (!/^\d{1,9}$/.test(word)) throw new Error(`'${word}' at byte ${start} is not a whole number`);
    return Number(word);
  }

  /** Bits of a plain bitmap need nothing between them. */
  bit(): number {
    this.#skip();
    const value = (this.#bytes[this.at++] ?? 0) - 0x30;
    if (value !== 0 && value !== 1) throw new Error(`there is no 0 or 1 at byte ${this.at - 1}`);
    return value;
  }

  #skip(): void {
    const bytes = this.#bytes;
    while (WHITE_SPACE.has(bytes[this.at]!) || bytes[this.at] === COMMENT) {
      if (bytes[this.at] === COMMENT) while (this.at < bytes.length && bytes[this.at] !== LINE_FEED) this.at++;
      else this.at++;
    }
  }
}
