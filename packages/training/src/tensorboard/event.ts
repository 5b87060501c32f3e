import { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { Histogram } from './histogram.js';

/** A picture as TensorBoard stores it. */
export interface ImageSummary {
  width: number;
  height: number;
  /** A whole PNG file. */
  png: Uint8Array;
}

/** What one event can hold under a tag. */
export type SummaryValue = { tag: string } & ({ scalar: number } | { histogram: Histogram } | { image: ImageSummary });

/** One entry of an event file; times are seconds since 1970. */
export type TensorBoardEvent = { wallTime: number } & (
  | { fileVersion: string }
  /** A session begins: TensorBoard drops what earlier files say about this step and later ones. */
  | { sessionStart: true; step: number }
  | { step: number; values: readonly SummaryValue[] }
);

/** The event as bytes of TensorFlow's `Event` message (event.proto, summary.proto). */
export function encodeEvent(event: TensorBoardEvent): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, 1).double(event.wallTime);
  if ('step' in event) writer.tag(2, 0).int64(event.step);
  if ('fileVersion' in event) writer.tag(3, 2).string(event.fileVersion);
  if ('values' in event) {
    writer.tag(5, 2).fork();
    for (const value of event.values) encodeValue(writer.tag(1, 2).fork(), value).join();
    writer.join();
  }
  if ('sessionStart' in event) writer.tag(7, 2).fork().tag(1, 0).int32(1).join(); // SessionLog.status = START
  return writer.finish();
}

function encodeValue(writer: BinaryWriter, value: SummaryValue): BinaryWriter {
  writer.tag(1, 2).string(value.tag);
  if ('scalar' in value) return writer.tag(2, 5).float(value.scalar);
  if ('image' in value) {
    const { height, width, png } = value.image;
    writer.tag(4, 2).fork();
    writer.tag(1, 0).int32(height).tag(2, 0).int32(width).tag(3, 0).int32(3).tag(4, 2).bytes(png);
    return writer.join();
  }
  const { min, max, count, sum, sumOfSquares, limits, counts } = value.histogram;
  writer.tag(5, 2).fork();
  for (const [i, number] of [min, max, count, sum, sumOfSquares].entries()) writer.tag(i + 1, 1).double(number);
  packedDoubles(writer, 6, limits);
  packedDoubles(writer, 7, counts);
  return writer.join();
}

function packedDoubles(writer: BinaryWriter, field: number, numbers: readonly number[]): void {
  writer.tag(field, 2).fork();
  for (const number of numbers) writer.double(number);
  writer.join();
}
