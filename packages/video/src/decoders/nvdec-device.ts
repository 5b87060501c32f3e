import type { AVHWDeviceType, AVPixelFormat } from 'node-av/constants';
import type * as NodeAv from 'node-av/lib';
import { VideoError } from '../video-error.js';

// FFmpeg's public constants.
const DEVICE_CUDA = 2 as AVHWDeviceType;
const METHOD_DEVICE_CONTEXT = 1;

/**
 * NVIDIA's decoder chip (NVDEC): one CUDA device, opened once per thread and shared by every file the thread decodes.
 * Pictures are copied to host memory, where the same colour stage as ever takes them.
 */
export class NvdecDevice {
  readonly #device: NodeAv.HardwareDeviceContext;
  readonly #hardware: AVPixelFormat;
  readonly #software: AVPixelFormat;

  private constructor(av: typeof NodeAv, device: NodeAv.HardwareDeviceContext) {
    this.#device = device;
    this.#hardware = av.avGetPixFmtFromName('cuda');
    this.#software = av.avGetPixFmtFromName('yuv420p');
  }

  /** @throws VideoError `decoder-unavailable` where there is no driver, no device, or no memory on it */
  static open(av: typeof NodeAv): NvdecDevice {
    const device = new av.HardwareDeviceContext();
    const code = device.create(DEVICE_CUDA, null, null);
    if (code >= 0) return new NvdecDevice(av, device);
    device.free();
    const reason = `no CUDA device can be opened (${av.FFmpegError.strerror(code)})`;
    throw new VideoError('decoder-unavailable', 'nvdec', `${reason}; it needs an NVIDIA GPU and its driver`);
  }

  /**
   * Whether streams of this codec and layout are decoded on the device: 8-bit 4:2:0 of codecs whose standard fixes
   * every sample, so that the device gives the pictures the software gives. The rest is decoded in software.
   */
  static handles(codec: NodeAv.Codec, name: string, pixelFormat: string): boolean {
    if (!/^(h264|hevc|vp8|vp9|av1)$/.test(name) || pixelFormat !== 'yuv420p') return false;
    return ((codec.getHardwareMethod(DEVICE_CUDA) ?? 0) & METHOD_DEVICE_CONTEXT) !== 0;
  }

  /** Makes a codec context, before it is opened, decode on the device; FFmpeg goes back to software where that fails. */
  attach(context: NodeAv.CodecContext): void {
    context.hwDeviceCtx = this.#device;
    context.setHardwarePixelFormat(this.#hardware, this.#software);
  }

  /** Whether a frame lies in device memory. */
  holds(frame: NodeAv.Frame): boolean {
    return frame.format === this.#hardware;
  }

  close(): void {
    this.#device.free();
  }
}
