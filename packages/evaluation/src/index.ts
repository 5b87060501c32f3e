export {
  type ActionData,
  type AnticipationClips,
  type AnticipationPlan,
  type AnticipationSettings,
  planAnticipation,
} from './anticipation/anticipation-plan.js';

export { describeAnticipation, describeRecall } from './anticipation/describe-anticipation.js';
export { bestRecall, type Recall, recallOf } from './anticipation/recall.js';
export { describeClip, describeVersion } from './checkpoint/describe-architecture.js';
export { type LoadEncoderOptions, type LoadedEncoder, loadEncoder } from './checkpoint/load-encoder.js';
export { type LoadedPredictor, type LoadPredictorOptions, loadPredictor } from './checkpoint/load-predictor.js';
export { type LoadedProbe, type LoadProbeOptions, loadProbe, probeClasses } from './checkpoint/load-probe.js';
export {
  type RecognizedCheckpoint,
  type RecognizeOptions,
  recognizeCheckpoint,
} from './checkpoint/recognized-encoder.js';
export { type ParameterValues, readReferenceParameters } from './checkpoint/reference-parameters.js';
export { otherArchitecture } from './checkpoint/unfit-checkpoint.js';
export {
  type ClipSpacing,
  describeEncoder,
  FRAMES_A_SECOND,
  pictureFrames,
  usualSpacing,
} from './checkpoint/usual-clips.js';
export type { ClassifierOptions } from './classify/classifier.js';
export { type Classification, type ClassifiedFile, type ClassifyOptions, classify } from './classify/classify.js';
export { type LikelyClass, likeliestClasses } from './classify/likeliest-classes.js';
export type { LooksSettings } from './classify/probe-looks.js';
export { publishedClips } from './classify/probe-task.js';
export {
  type DecodedVideo,
  type DecodedVideos,
  type DecodeVideosOptions,
  type DecodingQuality,
  decodeVideos,
  describeDecoding,
} from './decode/decode-videos.js';
export {
  type DecodedFeatures,
  type DecoderPlan,
  type DecoderSettings,
  type DecoderSizes,
  type DecoderTraining,
  type DecoderVideos,
  planDecoder,
} from './decode/decoder-plan.js';
export { type DecoderOrigin, loadPixelDecoder, type PixelDecoder } from './decode/pixel-decoder-file.js';
export {
  type DecoderOutcome,
  type DecoderResults,
  type TrainDecoderOptions,
  trainDecoder,
} from './decode/train-decoder.js';
export {
  type DenseBenchmark,
  type DenseData,
  type DensePlan,
  type DenseProbeSettings,
  type DenseSettings,
  type DenseTraining,
  planDense,
} from './dense/dense-plan.js';
export { type DenseProbe, type DenseProbeOrigin, loadDenseProbe } from './dense/dense-probe-file.js';
export type { DenseResult } from './dense/dense-set.js';
export { describeDense, describeTracking } from './dense/describe-dense.js';
export {
  type DenseOutcome,
  type DenseResults,
  type EvaluateDenseOptions,
  evaluateDense,
} from './dense/evaluate-dense.js';
export {
  type ContextFrame,
  nearestLabels,
  PROPAGATION_DEFAULTS,
  type PropagationSettings,
} from './dense/nearest-labels.js';
export { type PredictedPixels, type PredictPixelsOptions, predictPixels } from './dense/predict-pixels.js';
export {
  type TrackedVideo,
  type TrackingResult,
  type TrackObjectsOptions,
  trackObjects,
} from './dense/track-objects.js';
export { type VideoPatches, type VideoPatchesOptions, videoPatches } from './dense/video-patches.js';
export { describeDetection } from './detection/describe-detection.js';
export { type DetectionOutcome, type DetectionResults, type DetectOptions, detect } from './detection/detect.js';
export {
  type DetectionClips,
  type DetectionDataSettings,
  type DetectionPlan,
  type DetectionSettings,
  type DetectionTraining,
  planDetection,
} from './detection/detection-plan.js';
export type { MeasuredResult } from './evaluate/answered-task.js';
export {
  type Candidate,
  describeCandidate,
  type ProbeTraining,
  type ProbeTrainingSettings,
  type Sweep,
} from './evaluate/candidates.js';
export type { ClipPlacement, ClipRecipe, ClipRecipes, ClipSettings } from './evaluate/clip-recipe.js';
export { describeOutcomes } from './evaluate/describe-outcomes.js';
export { describePredictions } from './evaluate/describe-predictions.js';
export { describePublished, describePublishedRecall } from './evaluate/describe-published.js';
export { type EvaluationOutcome, evaluate } from './evaluate/evaluate.js';
export type { EvaluateOptions } from './evaluate/evaluate-options.js';
export { type EvaluateTrainedProbeOptions, evaluateTrainedProbe } from './evaluate/evaluate-trained-probe.js';
export { bestOnValidation, type ProbeOutcome, type TrainingOutcome } from './evaluate/evaluation-outcome.js';
export {
  type EvaluatedProbeSettings,
  type EvaluationKind,
  type EvaluationPlan,
  type EvaluationSettings,
  type ProbeSettings,
  planEvaluation,
} from './evaluate/evaluation-plan.js';
export type { EvaluationRecord } from './evaluate/evaluation-record.js';
export type { BadSample } from './evaluate/feature-source.js';
export {
  countClasses,
  type LabelledData,
  type LabelledPictures,
  type LabelledSet,
  type LabelledVideos,
  type PictureLayout,
  readLabelledSet,
  type SplitName,
  type VideoLayout,
} from './evaluate/labelled-set.js';
export type { Loading } from './evaluate/loading.js';
export type { LowShotDraw } from './evaluate/low-shot-draws.js';
export { type LowShotMean, lowShotMeans } from './evaluate/low-shot-means.js';
export { meanAndDeviation } from './evaluate/mean-and-deviation.js';
export { type AnswerBatch, measureAccuracy, type Prediction } from './evaluate/measure-accuracy.js';
export { measuredClassNames } from './evaluate/measured-class-names.js';
export { openPredictionsFile } from './evaluate/predictions-file.js';
export { type TrainedProbe, type TrainProbeOptions, trainProbe } from './evaluate/train-probe.js';
export type { EpochSummary } from './evaluate/train-probes.js';
export { type Vjepa2Evaluation, vjepa2Evaluation } from './evaluate/vjepa2-evaluation.js';
export {
  type ClipDraws,
  type ExtractFeaturesOptions,
  extractFeatures,
  type VideoFeatures,
  type VideoList,
} from './features/extract-features.js';
export type { FeaturedFile } from './features/extract-files.js';
export { type FeatureExtractor, featureExtractor } from './features/feature-extractor.js';
export { type FeatureExtractorOptions, featureLayers, type Pooling } from './features/feature-options.js';
export { type InputFiles, type InputKind, inputFiles } from './features/input-files.js';
export { type LoadedFeatures, loadedFeatures } from './features/loaded-features.js';
export {
  type WriteFeaturesOptions,
  type WrittenFeatures,
  writeFeatures,
} from './features/write-features.js';
export { type FeatureFile, isNpy, listBeside, writeFeatureFile } from './features/written-features.js';
export { describeFineTuning } from './finetune/describe-fine-tuning.js';
export {
  type FineTuneOptions,
  type FineTuningOutcome,
  type FineTuningResults,
  fineTune,
} from './finetune/fine-tune.js';
export {
  type FineTuningAugmentation,
  type FineTuningHead,
  type FineTuningHeadSettings,
  type FineTuningPlan,
  type FineTuningSettings,
  type FineTuningTraining,
  planFineTuning,
} from './finetune/fine-tuning-plan.js';
export { type LinearAccuracies, linearAccuracies } from './linear-accuracies.js';
export {
  type ClipPrediction,
  type FeaturePredictor,
  type FeaturePredictorOptions,
  featurePredictor,
  type Pixels,
} from './predict/feature-predictor.js';
export {
  loadPredictingModels,
  type PredictingModelOptions,
  type PredictingModels,
} from './predict/load-predicting-models.js';
export {
  type MeasuredSurprise,
  type MeasureSurpriseOptions,
  measureSurprise,
  type SurpriseStep,
  type VideoSurprise,
} from './predict/measure-surprise.js';
export { type PredictedFeatures, type PredictFeaturesOptions, predictFeatures } from './predict/predict-features.js';
export { type PredictionMaskKind, type PredictionMaskSettings, predictionMask } from './predict/prediction-mask.js';
export {
  describeSurprise,
  meanSurprise,
  mostSurprising,
  surpriseJson,
  writePredictions,
  writeSurprise,
} from './predict/write-surprise.js';
export type { ResultsRunOptions } from './results-run.js';
export { type RunProbeSettings, runProbe, runProbeSplit } from './run-probe.js';
export type { ObservedEpoch, ObservedTraining, TrainingObserver } from './training-observer.js';
