import { describe, expect, it } from 'vitest';
import { cellName, cellsOf, type Experiment } from './experiment.js';
import { ExperimentPlan } from './experiment-plan.js';
import { paperExperiment } from './paper-experiment.js';
import { LAPTOP_SIZES, smokeExperiment } from './paper-sizes.js';
import { pretrainingPlan } from './pretraining-plans.js';
import { workLeft } from './work-left.js';

const smoke = smokeExperiment([0]);
// Large enough that a target encoder costs something.
const encoder = { ...smoke.recipe.encoder, embedDim: 192, depth: 6, numHeads: 6 };
const optimization = { ...smoke.recipe.optimization, predictorLearningRateScale: 15 };
const recipe = { ...smoke.recipe, encoder, stepsPerEpoch: 100, optimization };
const core = paperExperiment({ ...LAPTOP_SIZES.core, recipe, seeds: [0], scope: 'core' });
const full = paperExperiment({ ...LAPTOP_SIZES.full, recipe, seeds: [0, 1, 2], scope: 'full' });

function planned(experiment: Experiment): ExperimentPlan {
  return new ExperimentPlan(experiment, 'no-such-folder');
}

describe("the paper's comparisons", () => {
  it('need two pretrainings, or all of them', () => {
    expect(planned(core).pretrainingsNeeded()).toEqual(['V-JEPA', 'pixels']);
    expect(planned(full).pretrainingsNeeded().sort()).toEqual(Object.keys(full.pretrainings).sort());
    const work = [...workLeft(planned(full)).values()];
    expect(work.filter(({ kind }) => kind === 'pretraining')).toHaveLength(3 * 9);
    for (const { amount } of work) expect(amount).toBeGreaterThan(0);
  });

  it('ask every cell once, whatever the comparisons that have it', () => {
    const names = planned(full).cells.map(cellName);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeLessThan(full.comparisons.reduce((sum, { cells }) => sum + cells.length, 0));
    expect(
      cellsOf(core)
        .map(cellName)
        .filter((name) => !names.includes(name)),
    ).toEqual([]);
  });

  it('train probes of fewer labels on crops, of no more clips than there are videos', () => {
    const crops = full.comparisons.flatMap(({ cells }) =>
      cells.map((cell) => [cell.share, planned(full).cropsOf(cell)]),
    );
    const shown = crops.filter(([, count]) => count! > 0).map(([share, count]) => `${share}: ${count}`);
    expect([...new Set(shown)].sort()).toEqual(['0.05: 4', '0.1: 4', '0.5: 2']);
  });

  it('begin with the room of the benchmark', () => {
    const [room] = full.comparisons;
    expect(cellsOf(full).slice(0, room!.cells.length)).toEqual(room!.cells);
    expect(room!.cells.every(({ start }) => full.starts[start]!.kind === 'random')).toBe(true);
    expect([...new Set(room!.cells.map(({ videos }) => videos))]).toEqual([undefined, 'one frame', 'no object']);
  });

  it('have claims that are differences: weights add up to 0, and to 1 for each side', () => {
    const claims = full.comparisons.flatMap((comparison) => comparison.claims ?? []);
    expect(claims.length).toBeGreaterThan(14);
    for (const { contrast, source } of claims) {
      expect(contrast.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(0, 12);
      const won = contrast.reduce((sum, { weight }) => sum + Math.max(0, weight), 0);
      expect([1, 2]).toContain(Math.round(1e9 * won) / 1e9);
      expect(source).not.toBe('');
    }
  });

  it('change what is compared, and nothing else', () => {
    const plan = planned(full);
    const settingsOf = (name: string) => pretrainingPlan(plan.pretraining(name)).settings;
    const base = settingsOf('V-JEPA');
    expect(settingsOf('pixels')).toEqual({
      ...base,
      objective: { ...base.objective, targets: 'pixels' },
      optimization: { ...base.optimization, predictorLearningRateScale: 1 },
      predictor: expect.anything(),
    });
    expect(settingsOf('random tubes')).toEqual({
      ...base,
      masks: { kind: 'random_tube', masks: [{ ratio: 0.9 }, { ratio: 0.9 }] },
    });
    expect(settingsOf('a quarter of the videos')).toEqual({ ...base, clips: { ...base.clips, fraction: 0.25 } });
    const mix = settingsOf('a mix of both');
    expect(mix).toEqual({
      ...base,
      videos: ['main', 'others'],
      clips: { ...base.clips, fraction: 0.5, weights: [0.5, 0.5] },
    });
    // A step on pixels has no target encoder, so that there are more of them in the same time.
    const [steps, longer] = ['V-JEPA', 'pixels, equal time'].map((name) => plan.pretraining(name).totalSteps);
    expect(longer).toBeGreaterThan(steps!);
    expect(longer).toBeLessThan(2 * steps!);
  });
});
