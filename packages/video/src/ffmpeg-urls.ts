/** Where the parts of ffmpeg.wasm are; see the options of the same names of `@ffmpeg/ffmpeg`. */
export interface FfmpegUrls {
  /** `@ffmpeg/core`'s `ffmpeg-core.js`, the ES module form for module workers. */
  coreURL: string;
  /** `@ffmpeg/core`'s `ffmpeg-core.wasm`. */
  wasmURL: string;
  /** `@ffmpeg/ffmpeg`'s worker, for bundlers that do not bundle workers themselves. */
  classWorkerURL?: string;
}
