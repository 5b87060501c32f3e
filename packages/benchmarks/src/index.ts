export {
  ANTICIPATION_PROTOCOL,
  type AnticipationProtocol,
  type PublishedAnticipation,
  publishedAnticipation,
} from './anticipation-protocol.js';
export type { Benchmark, BenchmarkEntry, MissingFilesOptions } from './benchmark.js';
export { BenchmarkError, type BenchmarkErrorCode } from './benchmark-error.js';
export { benchmarkTitle } from './benchmark-title.js';
export { type ClassFolderOptions, readClassFolders } from './class-folders.js';
export { readClassNames } from './class-names.js';
export { namesShards } from './dataset-input.js';
export { type Dataset, readDatasets } from './datasets.js';
export { IMAGE_EXTENSIONS, listFolders, VIDEO_EXTENSIONS } from './file-listing.js';
export type { Direction } from './generated/directions.js';
export type { GeneratedLabels, LabelKind } from './generated/generated-labels.js';
export type { RgbFrames } from './generated/rgb-frames.js';
export type { GeneratedSplit } from './generated/split.js';
export type { GeneratedFiles, GeneratedFolder, VideosEncoder, WriteOptions } from './generated/write-generated.js';
export { type LabelMap, readLabelMap, writeLabelMap } from './label-map.js';
export { type Ade20kOptions, loadAde20k } from './layouts/ade20k.js';
export { type AvaBenchmark, type AvaKeyFrame, type AvaOptions, type AvaPerson, loadAva } from './layouts/ava.js';
export { type CoinOptions, loadCoin } from './layouts/coin.js';
export { type DavisOptions, type DavisVideo, loadDavis, type VideoObjectSet } from './layouts/davis.js';
export { type Diving48Options, loadDiving48 } from './layouts/diving48.js';
export {
  type EpicKitchens,
  type EpicKitchensAction,
  type EpicKitchensOptions,
  type EpicKitchensPart,
  type EpicKitchensSplit,
  loadEpicKitchens,
} from './layouts/epic-kitchens.js';
export { type ImageNetOptions, loadImageNet } from './layouts/imagenet.js';
export { type INaturalistOptions, loadINaturalist } from './layouts/inaturalist.js';
export { type JesterOptions, loadJester } from './layouts/jester.js';
export { type KineticsOptions, loadKinetics } from './layouts/kinetics.js';
export {
  type DepthMap,
  type DepthSet,
  loadNyuDepth,
  type NyuDepthOptions,
  type PicturePart,
} from './layouts/nyu-depth.js';
export { loadPascalVoc, type PascalVocOptions } from './layouts/pascal-voc.js';
export { loadPlaces205, type Places205Options } from './layouts/places205.js';
export { loadSegmentationFolder, type SegmentationFolderOptions } from './layouts/segmentation-folder.js';
export { loadSomethingSomething, type SomethingSomethingOptions } from './layouts/something-something.js';
export { type LoadBenchmarkOptions, loadBenchmark } from './load-benchmark.js';
export { LOW_SHOT_SEEDS, type LowShotOptions, lowShotSplit } from './low-shot.js';
export { type AveragePrecisionOptions, averagePrecision, type ScoredAnswer } from './metrics/average-precision.js';
export {
  type ClassificationBatch,
  type ClassificationMetric,
  type ClassificationMetricOptions,
  type ClassificationResult,
  type ClassResult,
  classificationMetric,
  confusionMatrix,
  type FailedSample,
} from './metrics/classification.js';
export {
  type DepthMetric,
  type DepthPicture,
  type DepthRange,
  type DepthResult,
  depthMetric,
} from './metrics/depth.js';
export {
  type Box,
  type DetectedBox,
  type DetectionMetric,
  type DetectionMetricOptions,
  type DetectionResult,
  detectionMetric,
  type GroundTruthBox,
} from './metrics/detection.js';
export { boundaryAccuracy, regionSimilarity } from './metrics/mask-similarity.js';
export {
  type MultiLabelBatch,
  type MultiLabelMetric,
  type MultiLabelResult,
  multiLabelMetric,
} from './metrics/multi-label.js';
export {
  type SegmentationBatch,
  type SegmentationMetric,
  type SegmentationMetricOptions,
  type SegmentationResult,
  segmentationMetric,
} from './metrics/segmentation.js';
export {
  type ObjectResult,
  type OverFrames,
  type SegmentedVideo,
  type VideoObjectMetric,
  type VideoObjectMetricOptions,
  type VideoObjectResult,
  videoObjectMetric,
} from './metrics/video-objects.js';
export {
  type MovingObjects,
  type MovingObjectsFiles,
  type MovingObjectsSample,
  type MovingObjectsSettings,
  movingObjects,
  type ShownPart,
  writeMovingObjects,
} from './moving-objects/generate.js';
export { type ObjectSource, requireObjectImages } from './moving-objects/object-images.js';
export type {
  EventOrder,
  FactorName,
  FactorSettings,
  Factors,
  Rotation,
  Shape,
  Speed,
  Texture,
} from './moving-shapes/factors.js';
export { movingShapesClassNames } from './moving-shapes/factors.js';
export type {
  MovingShapesAppearance,
  MovingShapesSample,
  MovingShapesSettings,
} from './moving-shapes/generate.js';
export { generateMovingShapes, movingShapesSample } from './moving-shapes/generate.js';
export type { IndexKind, MovingShapesFiles, MovingShapesFolder } from './moving-shapes/write.js';
export { writeMovingShapes } from './moving-shapes/write.js';
export {
  type BenchmarkName,
  type ClipProtocol,
  type EvaluationProtocol,
  type PixelProtocol,
  PROTOCOLS,
  type ProbeTraining,
  type TrainingPixels,
  type VjepaBenchmarkName,
} from './protocols.js';
export { type PublishedResult, publishedResults } from './published-results.js';
export { type AnnotatedPicture, IGNORED, type SegmentationSet } from './segmentation-set.js';
export { decodeText } from './text-file.js';
export { type IndexedVideo, readVideoIndex, type VideoIndex, type VideoIndexOptions } from './video-index.js';
export { videoIndexText } from './video-index-text.js';
export {
  type ProbeHead,
  VJEPA2_PROTOCOLS,
  type Vjepa2BenchmarkName,
  type Vjepa2ProbeTraining,
  type Vjepa2Protocol,
  vjepa2ProbeLayers,
} from './vjepa2-protocols.js';
