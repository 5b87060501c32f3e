export type { ClipPlacement, ClipSettings, ClipSource } from './clip-sampling.js';
export { sampleClipIndices } from './clip-sampling.js';
export type { ClipSamplingErrorCode } from './clip-sampling-error.js';
export { ClipSamplingError } from './clip-sampling-error.js';
export type { RandomSource, RandomStreams } from './random-streams.js';
export { randomStreams, sampleRandom } from './random-streams.js';
export type { SampleOrderSettings, WeightedSampleOrderSettings } from './sample-order.js';
export { sampleOrder, weightedSampleOrder } from './sample-order.js';
