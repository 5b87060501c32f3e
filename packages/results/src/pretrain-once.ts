import { join } from 'node:path';
import type { Engine, FloatTensor, Precision } from '@vjepa/engine';
import { loadEncoder } from '@vjepa/evaluation';
import {
  checkpointPath,
  listCheckpoints,
  type PretrainingPlan,
  pretrain,
  readMetrics,
  runFolder,
} from '@vjepa/training';
import type { EncoderConfig } from '@vjepa/vit';
import type { PretrainingResult } from './experiment-plan.js';
import type { WorkReport } from './work-estimate.js';

/** What `pretrainOnce` takes. */
export interface PretrainOnceOptions {
  folder: string;
  plan: PretrainingPlan;
  openEngine: (precision: Precision) => Promise<Engine>;
  signal: AbortSignal | undefined;
  version: string | undefined;
  report: WorkReport;
}

/**
 * Pretrains in a folder, or goes on there from the newest checkpoint.
 *
 * @throws the signal's reason when that ends it; and as `pretrain` does
 */
export async function pretrainOnce(options: PretrainOnceOptions): Promise<Omit<PretrainingResult, 'machine'>> {
  const { folder, plan, signal, version, report } = options;
  const { checkpoints, metrics } = runFiles(folder);
  let totalSteps = 1;
  const engine = await options.openEngine(plan.settings.precision);
  const { steps, stopped } = await pretrain({
    ...{ plan, folder: join(folder, 'run'), engine, version, signal },
    // What was stopped before its first checkpoint begins anew.
    existing: listCheckpoints(checkpoints).length > 0 ? 'resume' : 'overwrite',
    observers: [
      {
        name: 'the progress of the experiment',
        start(run) {
          totalSteps = run.totalSteps;
          report.skip(run.firstStep / totalSteps);
        },
        step: ({ metrics: { step } }) => report.reach(step / totalSteps),
      },
    ],
    print: () => {},
  });
  if (stopped) throw signal!.reason;
  const done = readMetrics(metrics);
  return {
    updates: steps,
    loss: done.at(-1)!.loss,
    seconds: done.reduce((sum, { step_ms }) => sum + step_ms, 0) / 1000,
    engine: engine.description,
  };
}

/** An encoder's parameters, and the file they are of; null: drawn at random. */
export interface Weights {
  parameters: Record<string, FloatTensor>;
  checkpoint: string | null;
}

/** An encoder of a pretraining after some of its updates. */
export async function pretrainedWeights(
  folder: string,
  encoder: EncoderConfig,
  { step, which }: { step: number; which: 'target' | 'context' },
): Promise<Weights> {
  const checkpoint = checkpointPath(runFiles(folder).checkpoints, step);
  const key = which === 'target' ? 'target_encoder' : 'encoder';
  return { checkpoint, parameters: (await loadEncoder(checkpoint, encoder, { key })).parameters };
}

function runFiles(folder: string) {
  return runFolder(join(folder, 'run'), { tag: 'jepa', record: 'settings.json' });
}
