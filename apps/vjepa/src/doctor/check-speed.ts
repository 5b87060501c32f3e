import { availableParallelism } from 'node:os';
import type { Dataset } from '@vjepa/benchmarks';
import { type LoaderSpeed, measureLoader, measureStep, type PretrainingPlan, type StepSpeed } from '@vjepa/training';
import { reasonOf } from '../command-error.js';
import { type Engine, type EngineOptions, openEngine } from '../engine/engine.js';
import { type Finding, note, ok, problem } from './finding.js';

/** Times the loader and the training step of a plan, one after the other, and says which will wait for which. */
export async function checkSpeed(
  plan: PretrainingPlan,
  datasets: readonly Dataset[],
  engineOptions: EngineOptions,
  say: (line: string) => void,
): Promise<Finding[]> {
  say('timing the loader for some seconds…');
  let loader: LoaderSpeed;
  try {
    loader = await measureLoader(plan, datasets);
  } catch (error) {
    return [problem('loader', reasonOf(error), 'mend the index: vjepa validate --index FILE names every bad video')];
  }
  say('timing the training step (the first one compiles)…');
  let engine: Engine;
  let step: StepSpeed;
  try {
    const { precision } = plan.settings;
    engine = await openEngine({ ...engineOptions, precision, bfloat16Setting: 'meta.dtype: bfloat16' });
    step = await measureStep(plan, engine);
  } catch (error) {
    return [describeLoader(loader), problem('step', reasonOf(error), 'see the engine above')];
  }
  return [describeLoader(loader), describeStep(step, engine, plan.settings.batchSize), verdict(loader, step)];
}

function describeLoader({ clipsPerSecond, clips, replaced, threads, decoder }: LoaderSpeed): Finding {
  const bad = replaced > 0 ? `; ${replaced} videos were bad and replaced` : '';
  const detail = `${rate(clipsPerSecond)} clips/s with ${threads} ${threads === 1 ? 'worker' : 'workers'}, ${decoder} decoder (${clips} clips timed)${bad}`;
  return { ...ok('loader', detail), numbers: { clips_per_second: clipsPerSecond, workers: threads, replaced } };
}

function describeStep(step: StepSpeed, engine: Engine, batch: number) {
  const { secondsPerStep, clipsPerSecond, steps, firstSeconds } = step;
  const detail =
    `${rate(clipsPerSecond)} clips/s: ${secondsPerStep.toPrecision(3)} s for ${batch} clips (${steps} steps timed, ` +
    `the first took ${firstSeconds.toPrecision(2)} s), ${engine.description.replace(/^engine: ([^,]*).*/, '$1')}`;
  const numbers = {
    clips_per_second: clipsPerSecond,
    seconds_per_step: secondsPerStep,
    first_step_seconds: firstSeconds,
  };
  return { ...ok('step', detail), numbers };
}

/** Each was timed alone; on a CPU they share its cores, so a loader that just keeps up will not. */
export function verdict(
  loader: Pick<LoaderSpeed, 'clipsPerSecond' | 'threads' | 'decoder'>,
  step: Pick<StepSpeed, 'clipsPerSecond' | 'secondsPerStep'>,
  cores = availableParallelism(),
): Finding {
  const [give, take] = [rate(loader.clipsPerSecond), rate(step.clipsPerSecond)];
  if (loader.clipsPerSecond >= step.clipsPerSecond) {
    return ok('verdict', `the loader keeps up: it gives ${give} clips/s, the step takes ${take}`);
  }
  const wait = 1 - loader.clipsPerSecond / step.clipsPerSecond;
  const remedies = [
    loader.threads < cores && `--set data.num_workers=${cores} (now ${loader.threads})`,
    loader.decoder === 'wasm' && 'npm install node-av@6.1.1 for a faster decoder',
    'vjepa prepare for copies that are quick to decode',
  ];
  return note(
    'verdict',
    `the step will wait for data: it takes ${take} clips/s, the loader gives ${give}; about ${(100 * wait).toFixed(0)} % of the time is waiting`,
    remedies.filter(Boolean).join('; '),
  );
}

function rate(clipsPerSecond: number): string {
  return clipsPerSecond >= 100 ? clipsPerSecond.toFixed(0) : clipsPerSecond.toPrecision(3);
}
