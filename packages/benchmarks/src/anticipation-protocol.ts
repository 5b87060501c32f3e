/** How action anticipation on EPIC-Kitchens-100 is evaluated (V-JEPA 2, section 6). */
export interface AnticipationProtocol {
  title: string;
  metric: 'class-mean recall at 5';
  /** The clip that is seen. */
  framesPerClip: number;
  /** Frames of the clip a second. */
  clipRate: number;
  /** Seconds from the end of the clip to the anchor: the smallest and the largest. */
  trainingSeconds: readonly [number, number];
  validationSeconds: readonly [number, number];
  /** Where in the action the anchor is; 0 is the end that is called its anchor. */
  trainingPoint: readonly [number, number];
  validationPoint: readonly [number, number];
  training: {
    scale: readonly [number, number];
    ratio: readonly [number, number];
    horizontalFlip: number;
    randomErasing: number;
  };
  /** Sigmoid focal loss, added up over the classes of verb, noun and action. */
  loss: { alpha: number; gamma: number };
  probe: { depth: number; numHeads: number };
  epochs: number;
  /** Samples of a step over all devices. */
  batch: number;
  /** Samples of each device: their losses are added up, those of the devices averaged. */
  deviceBatch: number;
  /** Probes that are trained at once: each of the rates with each of the decays. */
  learningRates: readonly number[];
  weightDecays: readonly number[];
  notes: readonly string[];
}

/** As the published configurations and code have it. */
export const ANTICIPATION_PROTOCOL: AnticipationProtocol = {
  title: 'EPIC-Kitchens-100 action anticipation',
  metric: 'class-mean recall at 5',
  framesPerClip: 32,
  clipRate: 8,
  trainingSeconds: [0.25, 1.75],
  validationSeconds: [1, 1],
  trainingPoint: [0, 0.25],
  validationPoint: [0, 0],
  training: { scale: [0.08, 1], ratio: [3 / 4, 4 / 3], horizontalFlip: 0.5, randomErasing: 0.25 },
  loss: { alpha: 0.25, gamma: 2 },
  probe: { depth: 4, numHeads: 16 },
  epochs: 20,
  batch: 128,
  deviceBatch: 2,
  learningRates: [5e-3, 3e-3, 1e-3, 3e-4, 1e-4],
  weightDecays: [1e-4, 1e-3, 1e-2, 1e-1],
  notes: [
    'The published code counts the seconds back from the end of the action; the paper says from its start.',
    'The published numbers are the best probe of the sweep on the validation set, chosen for verb, noun and action apart.',
    'Validation actions whose pair of verb and noun the training set does not have are left out.',
  ],
};

/** A published class-mean recall at 5 on the validation set, in percent. */
export interface PublishedAnticipation {
  model: string;
  /** Side of the square input in pixels. */
  resolution: number;
  /** What the probe sees: the encoder's tokens, the predictor's, or both. */
  features: 'encoder and predictor' | 'encoder' | 'predictor';
  verb?: number | undefined;
  noun?: number | undefined;
  action: number;
}

/** V-JEPA 2, tables on EPIC-Kitchens-100 and their ablation; V-JEPA 2.1, main table. */
const PUBLISHED: readonly PublishedAnticipation[] = [
  { model: 'V-JEPA 2 ViT-L/16', resolution: 256, features: 'encoder and predictor', action: 32.7 },
  { model: 'V-JEPA 2 ViT-H/16', resolution: 256, features: 'encoder and predictor', action: 36.5 },
  { model: 'V-JEPA 2 ViT-g/16', resolution: 256, features: 'encoder and predictor', action: 38.0 },
  {
    ...{ model: 'V-JEPA 2 ViT-g/16', resolution: 384, features: 'encoder and predictor' },
    ...{ verb: 63.6, noun: 57.1, action: 39.7 },
  },
  { model: 'V-JEPA 2 ViT-g/16', resolution: 384, features: 'encoder', action: 39.1 },
  { model: 'V-JEPA 2 ViT-g/16', resolution: 384, features: 'predictor', action: 20.2 },
  { model: 'V-JEPA 2.1 ViT-g/16', resolution: 384, features: 'encoder and predictor', action: 38.4 },
  { model: 'V-JEPA 2.1 ViT-G/16', resolution: 384, features: 'encoder and predictor', action: 40.8 },
];

/** What is published of a model, at one resolution or at all. */
export function publishedAnticipation(model: string, resolution?: number): PublishedAnticipation[] {
  return PUBLISHED.filter(
    (result) => result.model === model && result.resolution === (resolution ?? result.resolution),
  );
}
