import type * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from './host-tensor.js';
import type { StepFunction } from './step-function.js';
import type { FlatRunner, StagedInputs, StepRunner } from './step-runner.js';
import {
  type FeedTree,
  fill,
  flatName,
  flatten,
  type HostTree,
  type Leaf,
  namesIn,
  type Outline,
  outlineOf,
  type PartialTree,
} from './tensor-tree.js';

/**
 * A step over trees of tensors as one over flat records, which is what backends run. Outlines of what goes in and out are
 * kept by the names that there are, since the trees themselves are not there while a step is traced.
 */
export class FlatStep<State, Inputs, Outputs> {
  /** The step over flat records. */
  readonly step: StepFunction;
  readonly #state: Outline;
  readonly #inputs = new Outlines();
  readonly #outputs = new Outlines();

  constructor(step: StepFunction<State, Inputs, Outputs>, state: HostTree<State>) {
    this.#state = outlineOf(state);
    const flat: StepFunction = (flatState, flatInputs) => {
      const result = step(
        (fill(this.#state, (name) => flatState[name]) ?? {}) as State,
        this.#inputs.tree(flatInputs) as Inputs,
      );
      return { state: flatten<tf.Tensor>(result.state), outputs: this.#outputs.flatten(result.outputs) };
    };
    const axes = Object.entries(step.batchAxes ?? {}).map(([name, axis]) => [flatName(name), axis] as const);
    this.step = Object.assign(flat, { batchAxes: Object.fromEntries(axes) });
  }

  inputs(inputs: FeedTree<Inputs>): Record<string, HostTensor | number> {
    return this.#inputs.flatten(inputs);
  }

  outputs(outputs: Record<string, HostTensor>): HostTree<Outputs> {
    return this.#outputs.tree(outputs) as HostTree<Outputs>;
  }

  /** Names of the state's tensors below some of its branches; of all of it by default. */
  stateNames(branches?: readonly (keyof State & string)[]): string[] {
    const all = this.#state as Readonly<Record<string, Outline>>;
    return (branches ?? Object.keys(all)).flatMap((branch) => namesIn(all[branch]!));
  }

  state(state: Record<string, HostTensor>): HostTree<State> {
    return (fill(this.#state, (name) => state[name]) ?? {}) as HostTree<State>;
  }
}

/** Binds a step over trees by what binds steps over flat records. */
export function bindStep<State, Inputs, Outputs>(
  step: StepFunction<State, Inputs, Outputs>,
  state: HostTree<State>,
  bind: (step: StepFunction, state: Record<string, HostTensor>) => FlatRunner,
): StepRunner<State, Inputs, Outputs> {
  const flat = new FlatStep(step, state);
  const run = bind(flat.step, flatten(state));
  const { stage } = run;
  const call = async (inputs: FeedTree<Inputs> | StagedInputs) =>
    flat.outputs(await run(isStaged(inputs) ? inputs : flat.inputs(inputs)));
  const readState = async (branches?: readonly (keyof State & string)[]) =>
    flat.state(await run.readState(flat.stateNames(branches)));
  return Object.assign(call, {
    stage: stage && ((inputs: FeedTree<Inputs>) => stage(flat.inputs(inputs))),
    // What is read of some branches has those branches.
    readState: readState as StepRunner<State, Inputs, Outputs>['readState'],
    writeState: (values: PartialTree<HostTree<State>>) => run.writeState(flatten<HostTensor>(values)),
    dispose: () => run.dispose(),
    flat: run,
  });
}

function isStaged(inputs: unknown): inputs is StagedInputs {
  return typeof (inputs as Partial<StagedInputs>).discard === 'function';
}

/** Outlines of trees by the names of their tensors. */
class Outlines {
  readonly #byNames = new Map<string, Outline>();

  flatten<T extends Leaf>(tree: unknown): Record<string, T> {
    const flat = flatten<T>(tree);
    const key = keyOf(Object.keys(flat));
    if (!this.#byNames.has(key)) this.#byNames.set(key, outlineOf(tree));
    return flat;
  }

  /**
   * The tree that had these names. What a backend has padded comes with its length, `<name>.length`: those are a tree of
   * the same form below `lengths`.
   */
  tree<T>(flat: Readonly<Record<string, T>>): Record<string, unknown> {
    const names = Object.keys(flat);
    const own = names.filter((name) => !isLength(name, flat));
    const outline = this.#byNames.get(keyOf(own)) ?? Object.fromEntries(own.map((name) => [name, name]));
    const tree = fill(outline, (name) => flat[name]) as Record<string, unknown> | undefined;
    if (own.length === names.length) return tree ?? {};
    return { ...tree, lengths: fill(outline, (name) => flat[`${name}${LENGTH}`]) };
  }
}

const LENGTH = '.length';

function isLength(name: string, flat: Readonly<Record<string, unknown>>): boolean {
  return name.endsWith(LENGTH) && name.slice(0, -LENGTH.length) in flat;
}

function keyOf(names: readonly string[]): string {
  return [...names].sort().join('\n');
}
