import type { HostTensor } from '@vjepa/engine';
import type { TokenGrid } from '@vjepa/masks';
import { unfitSetting } from '@vjepa/training';
import {
  type ClipPrediction,
  type FeaturePredictorOptions,
  featurePredictor,
  type Pixels,
} from './feature-predictor.js';

/** What `predictFeatures` takes: models, a mask, clips. */
export interface PredictFeaturesOptions extends Omit<FeaturePredictorOptions, 'clipSize'> {
  /** Pixels 0..255, [n, T, H, W, 3]. */
  clips: HostTensor<Pixels>;
}

/** What was predicted of each clip. */
export interface PredictedFeatures {
  clips: ClipPrediction[];
  /** Of the clips' tokens. */
  grid: TokenGrid;
  /** E, the width of predictions and targets. */
  width: number;
}

/**
 * Features of the masked tokens of clips as the predictor expects them, and their distance from what the target encoder
 * sees there: the surprise. The context is encoded by itself, so that it has seen nothing of its targets.
 *
 * Targets pass the objective's layer norm without weights: the encoder's last features in V-JEPA and V-JEPA 2, each of its four
 * levels in V-JEPA 2.1, the teacher's last features where a predictor is one of a distilled encoder.
 *
 * @throws InputError when the models do not belong together, or the mask has a token that the clips have not
 */
export async function predictFeatures(options: PredictFeaturesOptions): Promise<PredictedFeatures> {
  const { clips } = options;
  const [n, T, H, W, channels] = clips?.shape ?? [];
  if (clips?.shape?.length !== 5 || channels !== 3) throw unfitSetting('clips', '[n, T, H, W, 3]', clips?.shape);
  const predictor = featurePredictor({ batchSize: n, ...options, clipSize: [T!, H!, W!] });
  try {
    const length = clips.data.length / n!;
    const each = async function* () {
      for (let i = 0; i < n!; i++) yield { clip: clips.data.subarray(i * length, (i + 1) * length) };
    };
    const predicted: ClipPrediction[] = [];
    for await (const { clip: _pixels, ...prediction } of predictor.predictEach(each())) predicted.push(prediction);
    return { clips: predicted, grid: predictor.grid, width: predictor.width };
  } finally {
    predictor.dispose();
  }
}
