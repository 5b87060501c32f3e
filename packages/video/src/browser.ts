// What `import '@vjepa/video'` gives in a browser bundle: everything that needs neither files nor threads of Node.
export { openVideo } from './browser/open-video.js';
export type { FfmpegUrls } from './ffmpeg-urls.js';
export type { OpenVideoOptions } from './open-video.js';
export type { Orientation, Rotation } from './orientation.js';
export type { RgbFrames } from './rgb-frames.js';
export * from './sampling/index.js';
export { type ShardMixtureOrderSettings, shardMixtureOrder } from './tar/shard-mixture-order.js';
export { type ShardOrderSettings, shardOrder } from './tar/shard-order.js';
export * from './transform/index.js';
export type { Video, VideoInfo } from './video.js';
export { VideoError, type VideoErrorCode, type VideoErrorRecord } from './video-error.js';
