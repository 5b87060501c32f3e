/** Which V-JEPA a model is of. */
export type ModelVersion = 'V-JEPA' | 'V-JEPA 2' | 'V-JEPA 2.1';

/** A model in a file, as its tensors' names and shapes tell. */
export interface RecognizedModel {
  /** The key it is under; undefined: the file is the model. */
  key: string | undefined;
  /**
   * An `action predictor` is V-JEPA 2-AC's, which is told a robot's actions and states; an `anticipation probe` has three
   * queries, for a verb, a noun and an action.
   */
  kind: 'encoder' | 'predictor' | 'action predictor' | 'probe' | 'anticipation probe';
  /**
   * Undefined where the tensors do not tell: of probes of depth 1 without a pooler, and of encoders and predictors with
   * a position table, which V-JEPA reads and files of V-JEPA 2 carry unread, unless they are as the published ones.
   */
  version: ModelVersion | undefined;
  /** Blocks: those of an encoder or predictor, attentive ones of a probe. */
  depth: number;
  /** Width of the encoder's tokens. */
  embedDim: number;
  /** The model in words, such as `ViT-L/16` or `predictor of 12 blocks`. */
  description: string;
  /** Tables that the file holds and the model does not read. */
  unread: string[];
  /** Names that are no part of such a model. */
  unknown: string[];
  /** Names that such a model has and the file has not. */
  missing: string[];
}
