export { type CentreClip, type CentreClipOptions, centreClip } from './centre-clip.js';
export { checkDecoders, type DecoderCheck } from './check/check-decoders.js';
export { type CheckVideoOptions, checkVideo, type VideoCheck } from './check/check-video.js';
export { type CheckVideosOptions, checkVideos } from './check/check-videos.js';
export { describeChecks } from './check/describe-checks.js';
export { type BadFile, type CheckSummary, summarizeChecks } from './check/summarize-checks.js';
export type { DecoderName } from './decoders/decoder.js';
export { type EncodeVideoOptions, encodeVideo, encodeVideos } from './encode-video.js';
export type { FfmpegUrls } from './ffmpeg-urls.js';
export { readImage } from './images/read-image.js';
export {
  type BadVideo,
  type ClipBatch,
  type ClipBatchesOptions,
  type ClipFailure,
  type ClipLoader,
  type ClipLoaderOptions,
  createClipLoader,
  type LabelledVideo,
  type SampleRequest,
  type ShortVideo,
} from './loader/clip-loader.js';
export type { FrameCounts, StageMilliseconds } from './loader/clip-request.js';
export type { ClipTransformSettings } from './loader/clip-transform.js';
export { describeLoaderProfile } from './loader/describe-loader-profile.js';
export { type LoaderProfile, type ProfileLoaderOptions, profileLoader } from './loader/profile-loader.js';
export { type OpenVideoOptions, openVideo } from './open-video.js';
export type { Orientation, Rotation } from './orientation.js';
export { PrepareError } from './prepare/prepare-error.js';
export {
  type PreparedVideo,
  type PreparedVideos,
  type PrepareVideosOptions,
  prepareVideos,
} from './prepare/prepare-videos.js';
export { copyPath } from './prepare/prepared-folder.js';
export type { TranscodeSettings } from './prepare/transcoder.js';
export type { UnavailableVideo } from './retry-unavailable.js';
export type { RgbFrames } from './rgb-frames.js';
export { type RunFfmpegOptions, runFfmpeg } from './run-ffmpeg.js';
export * from './sampling/index.js';
export { sourceArguments } from './sources/source-location.js';
export { sourceVersion } from './sources/source-version.js';
export { listTarVideos } from './tar/list-tar-videos.js';
export { type ShardMixtureOrderSettings, shardMixtureOrder } from './tar/shard-mixture-order.js';
export { type ShardOrderSettings, shardOrder } from './tar/shard-order.js';
export type { TarVideo } from './tar/tar-videos.js';
export { chooseDecoder, type DecoderChoice } from './threads/choose-decoder.js';
export * from './transform/index.js';
export type { Video, VideoInfo } from './video.js';
export { VideoError, type VideoErrorCode, type VideoErrorRecord } from './video-error.js';
