import type { Engine } from '../engine/engine.js';
import { checkMaskStatistics, checkMasks } from './check-masks.js';
import { checkPositionEmbedding } from './check-position-embedding.js';
import { checkPretrain } from './check-pretrain.js';
import { checkSchedule } from './check-schedule.js';
import { checkDecodedFrames, checkVideoTransform, type DecodingOptions } from './check-video.js';
import type { Comparison } from './comparison.js';
import type { Fixture } from './fixture.js';

export interface ParityOptions {
  /** What models run on. */
  engine: Engine;
  decoder: DecodingOptions['decoder'];
  /** Folder of the videos that `decoded-frames` fixtures name. */
  videos?: string;
}

/** What became of one fixture. */
export interface FixtureResult {
  fixture: Fixture;
  comparisons: Comparison[];
  /** Why nothing was compared. */
  skipped?: string;
  seconds: number;
}

type Check = (fixture: Fixture, options: ParityOptions) => Promise<Comparison[]>;

const checks: Record<string, Check> = {
  pretrain: checkPretrain,
  masks: checkMasks,
  'mask-statistics': checkMaskStatistics,
  'position-embedding': checkPositionEmbedding,
  schedule: checkSchedule,
  'video-transform': checkVideoTransform,
  'decoded-frames': (fixture, { videos, decoder }) => checkDecodedFrames(fixture, { videos: videos!, decoder }),
};

/**
 * Compares this implementation with what the reference computed. A check that throws counts as one failed comparison
 * with the error as its note; a kind that needs videos is skipped without them.
 */
export async function checkFixture(fixture: Fixture, options: ParityOptions): Promise<FixtureResult> {
  const start = performance.now();
  const result = (comparisons: Comparison[], skipped?: string): FixtureResult => ({
    fixture,
    comparisons,
    ...(skipped === undefined ? {} : { skipped }),
    seconds: (performance.now() - start) / 1000,
  });
  const check = checks[fixture.kind];
  if (!check) return result([failure(`kind '${fixture.kind}' is unknown; known: ${Object.keys(checks).join(', ')}`)]);
  if (fixture.kind === 'decoded-frames' && options.videos === undefined) return result([], 'needs --videos DIR');
  try {
    return result(await check(fixture, options));
  } catch (error) {
    return result([failure(error instanceof Error ? error.message : String(error))]);
  }
}

function failure(note: string): Comparison {
  return { name: 'check', difference: Number.NaN, tolerance: 0, passed: false, note };
}
