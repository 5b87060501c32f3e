import type { HostTensor } from '@vjepa/engine';
import type { DynamicAxes } from './dynamic-lengths.js';
import { nameOf } from './node.js';
import { PaddedLengths } from './padded-lengths.js';
import { specsOf } from './step-specs.js';
import type { Specs, Trace } from './trace-function.js';

/** The name of the input that says how long a padded input is. */
function lengthInput(name: string): string {
  return `${name}.length`;
}

/**
 * Inputs for an engine of fixed sizes: padded to few of them where the function knows of padding, which tracing it once
 * tells, and as they are where it does not.
 */
export class FixedSizes {
  #padding: PaddedInputs | 'none' | undefined;

  /** @param trace of the function, for inputs of these types and shapes */
  pad(
    inputs: Record<string, HostTensor>,
    dynamic: DynamicAxes,
    trace: (inputs: Specs) => Trace,
  ): Record<string, HostTensor> {
    if (Object.keys(dynamic).length === 0) return inputs;
    this.#padding ??= usesLengths(trace(specsOf(new PaddedInputs().pad(inputs, dynamic))), dynamic)
      ? new PaddedInputs()
      : 'none';
    return this.#padding === 'none' ? inputs : this.#padding.pad(inputs, dynamic);
  }
}

/** So many sizes for one function under XLA, which takes seconds to minutes for each, are hardly meant. */
const MANY_COMPILATIONS = 12;

/** Says, once, that a function is compiled again and again. */
export function warnOfManySizes(compilations: number): void {
  if (compilations !== MANY_COMPILATIONS) return;
  process.emitWarning(
    `XLA has compiled one function for ${compilations} sets of sizes. Where lengths change, let the function look at ` +
      'the inputs `<input>.length`, so that few padded sizes serve all',
  );
}

/**
 * Makes inputs of changing lengths into inputs of few sizes: zeros follow what is there, and int32 scalars
 * `<input>.length` tell the function how much that is. What padding does to the function's results is the function's
 * business; {@link usesLengths} tells whether it knows of padding at all.
 */
class PaddedInputs {
  readonly #lengths = new PaddedLengths();

  pad(inputs: Readonly<Record<string, HostTensor>>, dynamic: DynamicAxes): Record<string, HostTensor> {
    const axes = Object.entries(dynamic).map(([name, names]) => ({ name, axis: dynamicAxis(name, names) }));
    const lengths = axes.map(({ name, axis }) => inputs[name]!.shape[axis]!);
    const sizes = this.#lengths.fit(lengths);
    const padded: Record<string, HostTensor> = { ...inputs };
    for (const [i, { name, axis }] of axes.entries()) {
      padded[name] = padAxis(inputs[name]!, axis, sizes[i]!);
      padded[lengthInput(name)] = { shape: [], data: Int32Array.of(lengths[i]!) };
    }
    return padded;
  }
}

/** Whether a traced function looks at the length of every input that is padded. */
function usesLengths({ nodes }: Trace, dynamic: DynamicAxes): boolean {
  const used = new Set(
    nodes.flatMap(({ inputs }) => inputs.filter(({ node }) => node.op === 'Feed').map(({ node }) => node)),
  );
  const names = new Set(Array.from(used, nameOf));
  return Object.keys(dynamic).every((name) => names.has(lengthInput(name)));
}

function dynamicAxis(name: string, names: readonly (string | null)[]): number {
  const axes = names.flatMap((length, axis) => (length === null ? [] : [axis]));
  if (axes.length !== 1) {
    throw new Error(`input '${name}' has ${axes.length} dynamic axes, but only one can be padded`);
  }
  return axes[0]!;
}

/** Zeros behind the elements of an axis, up to `size` of them. */
function padAxis({ shape, data }: HostTensor, axis: number, size: number): HostTensor {
  const length = shape[axis]!;
  if (length === size) return { shape, data };
  const inner = shape.slice(axis + 1).reduce((product, n) => product * n, 1);
  const outer = shape.slice(0, axis).reduce((product, n) => product * n, 1);
  const padded = new (data.constructor as new (n: number) => typeof data)(outer * size * inner);
  for (let i = 0; i < outer; i++) {
    padded.set(data.subarray(i * length * inner, (i + 1) * length * inner) as never, i * size * inner);
  }
  return { shape: shape.map((n, i) => (i === axis ? size : n)), data: padded };
}
