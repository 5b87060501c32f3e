import { option, type Sentence, sentence } from '../sentence.js';
import type { PretrainingPlan } from './plan-pretraining.js';

/** What makes it likely that a run learns little, and what helps. */
export interface LearningRisk {
  found: Sentence;
  remedy: Sentence;
}

/** A run of fewer steps shows that everything works, and nothing of what can be learned. */
const LEAST_STEPS = 200;
/**
 * Few videos. The published runs see two million, and the smallest of their data sets has 169,000; on some thousands an
 * encoder was seen to find what is constant in a clip before anything else, unless its target was slow.
 */
const FEW_VIDEOS = 20_000;
/** The published momentum, 0.998, averages over 1 / (1 - 0.998) steps, of batches of 3,072: smaller ones need no fewer. */
const PUBLISHED_AVERAGE = 500;
/** On some thousands of videos a predictor of this many times the encoder's rate was seen to keep up with faster targets. */
export const KEEPS_UP = 10;
/** The published warm-up is 40 epochs of 300, 13 % of the steps. */
const LEAST_WARMUP = 0.1;
/** Of its first, random parameters a target encoder should have this little left when it is used. */
const MOST_KEPT = 0.1;

/**
 * Settings and amounts of data with which a pretraining easily comes to the trivial answer of small data (encoder and target
 * agree on what is constant in a clip), or ends before its target encoder has what the encoder has learned. None for pixels,
 * whose targets are what they are, and for a run so short that it is a test of the machine.
 *
 * @param videos how many there are
 */
export function learningRisks(plan: PretrainingPlan, videos: number): LearningRisk[] {
  const { totalSteps, warmupSteps, at } = plan.scheduleFor(videos);
  const { from, optimization } = plan.settings;
  if (!plan.hasTargetEncoder || totalSteps < LEAST_STEPS) return [];
  const { start } = optimization.momentum;
  const keepsUp = optimization.predictorLearningRateScale >= KEEPS_UP;
  const momentum = option('optimization.momentum');
  const average = start < 1 ? Math.round(1 / (1 - start)) : Number.POSITIVE_INFINITY;
  const isFew = videos < FEW_VIDEOS;
  const risks: LearningRisk[] = [];
  if (isFew && average < PUBLISHED_AVERAGE && !keepsUp) {
    risks.push({
      found: sentence`${count(videos)} videos are few for a target encoder that averages over ${count(average)} steps (${momentum} from ${start}): the two encoders easily agree on what is constant in a clip, which is trivial to predict`,
      remedy: sentence`begin ${momentum} nearer to 1: 0.998 is published, 0.999 is safer on small data; with it a lower ${option('optimization.learningRate')}; or let the predictor keep up (${option('optimization.predictorLearningRateScale')} of ${KEEPS_UP} or more)`,
    });
  }
  if (isFew && from === undefined && warmupSteps < Math.min(average, LEAST_WARMUP * totalSteps)) {
    risks.push({
      found: sentence`the learning rate is at its highest after ${count(warmupSteps)} of ${count(totalSteps)} steps, before the target encoder has averaged over anything`,
      remedy: sentence`warm up longer, ${option('optimization.warmupEpochs')}: published are 13 % of the steps`,
    });
  }
  let kept = 1;
  for (let step = 1; step <= totalSteps; step++) kept *= at(step).momentum;
  if (kept > MOST_KEPT && from === undefined) {
    risks.push({
      found: sentence`after ${count(totalSteps)} steps the target encoder is still ${(100 * kept).toFixed(0)} % of the random parameters it began with, and lags behind the encoder`,
      remedy: sentence`train longer (${option('epochs')}, ${option('stepsPerEpoch')}), or evaluate the encoder, too (${option("checkpointKey: 'encoder'")})`,
    });
  }
  return risks;
}

function count(n: number): string {
  return n.toLocaleString('en-US');
}
