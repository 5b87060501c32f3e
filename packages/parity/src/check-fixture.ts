import { type OptionNames, reasonOf, Sentence } from '@vjepa/training';
import { bfloat16Losses } from './bfloat16-losses.js';
import { checkDecodedFrames, type DecodingOptions } from './check-decoded-frames.js';
import { checkFrameSampling } from './check-frame-sampling.js';
import { checkHuggingFace } from './check-hugging-face.js';
import { checkMaskStatistics, checkMasks } from './check-masks.js';
import { checkPositionEmbedding } from './check-position-embedding.js';
import { checkPretrain } from './check-pretrain.js';
import { checkProbe } from './check-probe.js';
import { checkSchedule } from './check-schedule.js';
import { checkVideoTransform } from './check-video-transform.js';
import { checkVjepa2Checkpoint } from './check-vjepa2-checkpoint.js';
import { checkVjepa2Encoder } from './check-vjepa2-encoder.js';
import { checkVjepa2Predictor } from './check-vjepa2-predictor.js';
import { checkVjepa2Pretrain } from './check-vjepa2-pretrain.js';
import { checkVjepa2Probe } from './check-vjepa2-probe.js';
import type { Comparison } from './comparison.js';
import type { Fixture } from './fixture.js';
import type { ParityEngine } from './parity-engine.js';

/** What a fixture is checked with. */
export interface FixtureOptions {
  /** What models run on. */
  engine: ParityEngine;
  /** Of `decoded-frames` fixtures. Default: `auto`. */
  decoder?: DecodingOptions['decoder'] | undefined;
  /** Folder of the videos that `decoded-frames` fixtures name. Default: those fixtures are skipped. */
  videos?: string | undefined;
  /** What notes and reasons call an option. Default: its name in TypeScript. */
  optionNames?: OptionNames | undefined;
}

/** What became of one fixture. */
export interface FixtureResult {
  fixture: Fixture;
  comparisons: Comparison[];
  /** What could not be compared here, and why. */
  skipped: string[];
  seconds: number;
}

type Check = (fixture: Fixture, options: DecodingOptions & { engine: ParityEngine }) => Promise<Comparison[]>;

const checks: Record<string, Check> = {
  pretrain: checkPretrain,
  probe: checkProbe,
  masks: checkMasks,
  'mask-statistics': checkMaskStatistics,
  'position-embedding': checkPositionEmbedding,
  schedule: checkSchedule,
  'video-transform': checkVideoTransform,
  'decoded-frames': checkDecodedFrames,
  'vjepa2-frame-sampling': checkFrameSampling,
  'vjepa2-encoder': checkVjepa2Encoder,
  'vjepa2-predictor': checkVjepa2Predictor,
  'vjepa2-pretrain': checkVjepa2Pretrain,
  'vjepa21-pretrain': checkVjepa2Pretrain,
  'vjepa2-schedule': checkSchedule,
  'vjepa2-probe': checkVjepa2Probe,
  'vjepa2-checkpoint': checkVjepa2Checkpoint,
  'vjepa21-checkpoint': checkVjepa2Checkpoint,
  'vjepa21-encoder': checkVjepa2Encoder,
  'vjepa21-predictor': checkVjepa2Predictor,
  'hf-vjepa2': checkHuggingFace,
};

/** Kinds that train a model. */
const TRAINING_KINDS = new Set(['pretrain', 'probe', 'vjepa2-probe', 'vjepa2-pretrain', 'vjepa21-pretrain']);

/**
 * Compares this implementation with what the reference computed. A check that throws counts as one failed comparison
 * with the error as its note; what cannot be checked here (videos that were not given, a codec that no installed
 * decoder reads) is named and not counted.
 */
export async function checkFixture(fixture: Fixture, options: FixtureOptions): Promise<FixtureResult> {
  const start = performance.now();
  const skipped: string[] = [];
  const all = await compare(fixture, options, (what) => skipped.push(inWords(what, options)));
  const rounded = options.engine.precision === 'bfloat16' && TRAINING_KINDS.has(fixture.kind);
  const comparisons = rounded && !all.some(({ name }) => name === 'check') ? bfloat16Losses(all) : all;
  return { fixture, comparisons, skipped, seconds: (performance.now() - start) / 1000 };
}

async function compare(
  fixture: Fixture,
  options: FixtureOptions,
  skip: DecodingOptions['skip'],
): Promise<Comparison[]> {
  const { engine, decoder = 'auto', videos } = options;
  const check = checks[fixture.kind];
  if (!check) return [failure(`kind '${fixture.kind}' is unknown; known: ${Object.keys(checks).join(', ')}`)];
  try {
    return await check(fixture, { engine, decoder, videos, skip });
  } catch (error) {
    return [failure(inWords(reasonOf(error), options))];
  }
}

function inWords(said: string | Sentence, { optionNames }: FixtureOptions): string {
  return said instanceof Sentence && optionNames !== undefined ? said.inWords(optionNames) : said.toString();
}

function failure(note: string): Comparison {
  return { name: 'check', difference: Number.NaN, tolerance: 0, passed: false, note };
}
