import { type AttentionForm, type LoweredGraph, type Node, nameOf, TraceError, type Value } from '@vjepa/trace';
import { HloWriter } from './hlo-writer.js';
import { Locations } from './locations.js';
import { type Tensor, type TensorType, typeText } from './tensor.js';
import { type TranslationContext, typeOf } from './translation.js';
import { TRANSLATIONS } from './translations.js';

/** A lowered step as a program in StableHLO, and what its arguments and results are. */
export interface StepProgram {
  /** One module with a function `main`. */
  text: string;
  /** The arguments in their order: the state that is read, then inputs that are. */
  arguments: readonly Argument[];
  /** The results in their order: new state, then outputs. */
  results: readonly Result[];
  /** The forms that attention takes in it, and why. */
  attention: readonly AttentionForm[];
}

/** What is given to a program. */
export interface Argument extends TensorType {
  kind: 'state' | 'input';
  name: string;
  /** Whether its memory becomes that of the state's new value, so that it must be given up. */
  donated: boolean;
}

/** What a program gives. */
export interface Result extends TensorType {
  kind: 'state' | 'output';
  name: string;
}

/** How a program is written. */
export interface WriteOptions {
  /** Whether products of float32 may not be rounded to TF32. Default: true. */
  precise?: boolean | undefined;
  /** How many devices run the program, each a replica of it. Default: 1. */
  devices?: number | undefined;
  /** In how many equal parts they have the batch: a divisor of their number. Default: as many. */
  parts?: number | undefined;
}

/**
 * Writes a lowered graph of fixed sizes, whose state is no variable, as a program in StableHLO.
 *
 * @throws TraceError naming an operation that has no translation, and the line of the model that called for it
 */
export function writeProgram(
  graph: LoweredGraph,
  { precise = true, devices = 1, parts = devices }: WriteOptions = {},
): StepProgram {
  const locations = new Locations();
  let current: Node | undefined;
  const hlo = new HloWriter(() => (current === undefined ? '' : locations.of(current)));
  const values = new Map<Value, Tensor>();
  const parameters = graph.nodes.filter(isParameter).sort((a, b) => rankOf(a) - rankOf(b));
  const results = resultsOf(graph);
  const names = new Set<string>();
  for (const node of parameters) {
    values.set(node.outputs[0]!, { ...typeOf(node.outputs[0]!), name: `%${uniqueName(node, names)}` });
  }
  const tensorOf = (value: Value) => values.get(value)!;
  for (const node of graph.nodes) {
    if (isParameter(node)) continue;
    current = node;
    const written = translate(node, node.inputs.map(tensorOf), { hlo, precise, devices, parts });
    for (const [i, output] of node.outputs.entries()) values.set(output, written[i]!);
  }
  const args = parameters.map((node): Argument => {
    const kind = node.op === 'State' ? 'state' : 'input';
    return {
      kind,
      name: nameOf(node),
      ...typeOf(node.outputs[0]!),
      donated: kind === 'state' && graph.state.has(nameOf(node)),
    };
  });
  const returned = results.map(({ value }) => tensorOf(value));
  const text = moduleText({
    devices,
    parameters: parameters.map((node, i) => {
      const tensor = tensorOf(node.outputs[0]!);
      return parameterText(
        tensor,
        args[i]!,
        results.findIndex(({ kind, name }) => kind === 'state' && name === args[i]!.name),
      );
    }),
    body: hlo.lines(returned),
    returned,
    locations: locations.definitions,
  });
  const { attention } = graph;
  const given = results.map(({ value, ...result }) => ({ ...result, ...typeOf(value) }));
  return { text, arguments: args, results: given, attention };
}

function isParameter({ op }: Node): boolean {
  return op === 'State' || op === 'Feed';
}

function rankOf({ op }: Node): number {
  return op === 'State' ? 0 : 1;
}

function resultsOf({ state, outputs }: LoweredGraph) {
  const all = (kind: 'state' | 'output', values: ReadonlyMap<string, Value>) =>
    Array.from(values, ([name, value]) => ({ kind, name, value }));
  return [...all('state', state), ...all('output', outputs)];
}

function translate(node: Node, operands: readonly Tensor[], context: TranslationContext): readonly Tensor[] {
  const { op, constant, outputs, origin } = node;
  if (constant !== undefined) return [context.hlo.constant(constant.values as ArrayLike<number>, typeOf(outputs[0]!))];
  const translation = Object.hasOwn(TRANSLATIONS, op) ? TRANSLATIONS[op] : undefined;
  if (translation === undefined)
    throw new TraceError(op, `the operation ${op} has no translation to StableHLO`, origin);
  try {
    const written = translation(operands, node, context);
    return 'name' in written ? [written] : written;
  } catch (cause) {
    throw new TraceError(op, (cause as Error).message, origin, { cause });
  }
}

/** A parameter's name in the text: the state's or the input's own, as far as names there may be so. */
function uniqueName(node: Node, taken: Set<string>): string {
  const own = `${node.op === 'State' ? 'state' : 'input'}.${nameOf(node)}`.replace(/[^\w$.-]/g, '_');
  let name = own;
  for (let i = 1; taken.has(name); i++) name = `${own}_${i}`;
  taken.add(name);
  return name;
}

/** @param result the place among the results whose value takes the argument's memory, or -1 */
function parameterText(tensor: Tensor, { name }: Argument, result: number): string {
  const alias = result < 0 ? '' : ` {tf.aliasing_output = ${result} : i32}`;
  return `${tensor.name}: ${typeText(tensor)}${alias} loc(${JSON.stringify(name)})`;
}

function moduleText(parts: {
  devices: number;
  parameters: readonly string[];
  body: readonly string[];
  returned: readonly Tensor[];
  locations: readonly string[];
}): string {
  const types = parts.returned.map(typeText).join(', ');
  const returned =
    parts.returned.length === 0 ? '' : ` ${parts.returned.map(({ name }) => name).join(', ')} : ${types}`;
  return [
    `module @step attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = ${parts.devices} : i32} {`,
    `  func.func public @main(${parts.parameters.map((parameter) => `\n    ${parameter}`).join(',')}`,
    `  ) -> (${types}) {`,
    ...parts.body.map((line) => `    ${line}`),
    `    return${returned}`,
    '  }',
    '}',
    ...parts.locations,
    '',
  ].join('\n');
}
