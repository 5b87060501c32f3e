import { readFileSync } from 'node:fs';
import type { AVPixelFormat } from 'node-av/constants';
import { loadNodeAv } from './decoders/node-av.js';

const GLOBAL_HEADER = 1 << 22;

export interface NativeEncoding {
  /** FFmpeg's name of an encoder ffmpeg.wasm lacks or cannot run, e.g. `libx265`. */
  encoder: string;
  options: Record<string, string>;
  bFrames?: number;
  gop: number;
}

/** Encodes raw 8-bit 4:2:0 pictures (`rawvideo`, 25 a second) with node-av into the container the name asks for. */
export async function encodeNatively(
  rawPath: string,
  width: number,
  height: number,
  output: string,
  { encoder, options, bFrames = 0, gop }: NativeEncoding,
): Promise<void> {
  const av = await loadNodeAv();
  const must = (code: number) => av.FFmpegError.throwIfError(code, output);
  const format = av.avGetPixFmtFromName('yuv420p') as AVPixelFormat;
  const timeBase = new av.Rational(1, 25);
  const codec = av.Codec.findEncoderByName(encoder as Parameters<typeof av.Codec.findEncoderByName>[0]);
  if (!codec) throw new Error(`node-av has no encoder ${encoder}`);
  const context = new av.CodecContext();
  context.allocContext3(codec);
  Object.assign(context, { width, height, pixelFormat: format, timeBase, framerate: new av.Rational(25, 1) });
  Object.assign(context, { gopSize: gop, maxBFrames: bFrames, threadCount: 1 });
  // A raw stream carries its parameter sets itself.
  if (!output.endsWith('.hevc')) context.flags = GLOBAL_HEADER as typeof context.flags;
  must(await context.open2(codec, av.Dictionary.fromObject(options)));
  const file = new av.FormatContext();
  must(file.allocOutputContext2(null, null, output));
  const stream = file.newStream();
  must(stream.codecpar.fromContext(context));
  stream.timeBase = timeBase;
  must(await file.openOutput());
  must(await file.writeHeader());
  const packet = new av.Packet();
  packet.alloc();
  const drain = async () => {
    while ((await context.receivePacket(packet)) >= 0) {
      packet.streamIndex = stream.index;
      packet.rescaleTs(timeBase, stream.timeBase);
      must(await file.interleavedWriteFrame(packet));
    }
  };
  const bytes = readFileSync(rawPath);
  const size = (width * height * 3) / 2;
  for (let i = 0; (i + 1) * size <= bytes.length; i++) {
    const data = Buffer.from(bytes.subarray(i * size, (i + 1) * size));
    const frame = av.Frame.fromVideoBuffer(data, { width, height, format, timeBase, pts: BigInt(i) });
    must(await context.sendFrame(frame));
    frame.free();
    await drain();
  }
  await context.sendFrame(null);
  await drain();
  must(await file.writeTrailer());
  packet.free();
  context.freeContext();
  await file.closeOutput();
  file.freeContext();
}
