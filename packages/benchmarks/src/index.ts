export type {
  Direction,
  EventOrder,
  FactorName,
  FactorSettings,
  Factors,
  LabelKind,
  MovingShapesLabels,
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
  MovingShapesSplit,
} from './moving-shapes/generate.js';
export { generateMovingShapes, movingShapesLabelsAt, movingShapesSample } from './moving-shapes/generate.js';
export type {
  IndexKind,
  MovingShapesFiles,
  MovingShapesFolder,
  VideoEncoder,
  WriteOptions,
} from './moving-shapes/write.js';
export { writeMovingShapes } from './moving-shapes/write.js';
export type { RgbFrames } from './rgb-frames.js';
