import {
  type FeedTree,
  fill,
  flatten,
  type HostTensor,
  type HostTree,
  outlineOf,
  type StagedInputs,
  type StepRunner,
  scalarOf,
} from '@vjepa/engine';
import type { PretrainingState } from '@vjepa/jepa';
import type { PlannedOutputs } from './planned-step.js';
import type { PlannedInputs } from './step-inputs.js';
import { stepParts } from './step-parts.js';

type Train = StepRunner<PretrainingState, PlannedInputs, PlannedOutputs>;

/**
 * A step that is given its batch in `count` parts (gradient accumulation): one update of all clips, in the memory that a part
 * takes. Its outputs are those of the update, norms and the like, and of what each part has its own of, as losses, the mean.
 */
export function trainInParts(
  train: Train,
  count: number,
): { (inputs: FeedTree<PlannedInputs> | StagedInputs): Promise<HostTree<PlannedOutputs>>; stage?: Train['stage'] } {
  const { stage } = train;
  if (count === 1) return train;
  const call = async (inputs: FeedTree<PlannedInputs> | StagedInputs) => {
    const parts = inputs instanceof StagedParts ? inputs.parts : stepParts(inputs as FeedTree<PlannedInputs>, count);
    const outputs: HostTree<PlannedOutputs>[] = [];
    for (const part of parts) outputs.push(await train(part));
    return ofAll(outputs);
  };
  return Object.assign(call, {
    stage: stage && ((inputs: FeedTree<PlannedInputs>) => new StagedParts(stepParts(inputs, count).map(stage))),
  });
}

class StagedParts implements StagedInputs {
  readonly parts: readonly StagedInputs[];

  constructor(parts: readonly StagedInputs[]) {
    this.parts = parts;
  }

  discard(): void {
    for (const part of this.parts) part.discard();
  }
}

/** Norms are those of the sums, which the last part has; the least variance is the least of all. */
function ofAll(parts: readonly HostTree<PlannedOutputs>[]): HostTree<PlannedOutputs> {
  const flat = parts.map((part) => flatten<HostTensor>(part));
  const last = flat.at(-1)!;
  const combined = (name: string): HostTensor => {
    if (name.includes('norm')) return last[name]!;
    const values = flat.map((part) => scalarOf(part[name]!));
    const value = name.endsWith('_min')
      ? Math.min(...values)
      : values.reduce((sum, one) => sum + one, 0) / values.length;
    return { shape: [], data: Float32Array.of(value) };
  };
  return fill(outlineOf(parts.at(-1)!), combined) as HostTree<PlannedOutputs>;
}
