import { type AttentionForm, type LoweredGraph, type Node, nameOf, TraceError, type Value } from '@vjepa/trace';
import { CutState } from './cut-state.js';
import { HloWriter } from './hlo-writer.js';
import { Locations } from './locations.js';
import { type Mesh, meshText, type Sharding, shardingAttribute } from './sharding.js';
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
  /** How it lies on several devices; undefined: whole on each. */
  sharding: Sharding | undefined;
  /** Whether its memory becomes that of the state's new value, so that it must be given up. */
  donated: boolean;
}

/** What a program gives. */
export interface Result extends TensorType {
  kind: 'state' | 'output';
  name: string;
  /** As of an argument. */
  sharding: Sharding | undefined;
}

/** Several devices that share a program, and how they have its state and inputs. */
interface SharedProgram {
  mesh: Mesh;
  /** Samples of the whole batch, where inputs have any. */
  samples: number | undefined;
  /** Of an input, or of a tensor of the state. */
  shardingOf(kind: 'state' | 'input', name: string, shape: readonly number[]): Sharding | undefined;
}

/** How a program is written. */
export interface WriteOptions {
  /** Whether products of float32 may not be rounded to TF32. Default: true. */
  precise?: boolean | undefined;
  /** The devices that share the program. Default: it is for one. */
  shared?: SharedProgram | undefined;
}

/**
 * Writes a lowered graph of fixed sizes, whose state is no variable, as a program in StableHLO.
 *
 * @throws TraceError naming an operation that has no translation, and the line of the model that called for it
 */
export function writeProgram(graph: LoweredGraph, { precise = true, shared }: WriteOptions = {}): StepProgram {
  const locations = new Locations();
  let current: Node | undefined;
  const hlo = new HloWriter(() => (current === undefined ? '' : locations.of(current)));
  const values = new Map<Value, Tensor>();
  const cutState = new CutState(hlo);
  const mesh = shared?.mesh;
  const parameters = graph.nodes.filter(isParameter).sort((a, b) => rankOf(a) - rankOf(b));
  const results = resultsOf(graph);
  const names = new Set<string>();
  const shardingOf = (kind: 'state' | 'input', name: string, { shape }: TensorType) =>
    shared?.shardingOf(kind, name, shape);
  const args = parameters.map((node): Argument => {
    const kind = node.op === 'State' ? 'state' : 'input';
    const [name, type] = [nameOf(node), typeOf(node.outputs[0]!)];
    const sharding = shardingOf(kind, name, type);
    return { kind, name, ...type, sharding, donated: kind === 'state' && graph.state.has(name) };
  });
  for (const [i, node] of parameters.entries()) {
    const tensor = { ...typeOf(node.outputs[0]!), name: `%${uniqueName(node, names)}` };
    values.set(node.outputs[0]!, tensor);
    if (args[i]!.kind === 'state' && args[i]!.sharding !== undefined) cutState.add(tensor);
  }
  const tensorOf = (value: Value) => values.get(value)!;
  for (const node of graph.nodes) {
    if (isParameter(node)) continue;
    current = node;
    const operands = cutState.operands(node, node.inputs.map(tensorOf));
    const written = translate(node, operands, { hlo, precise, mesh });
    cutState.note(node, operands, written);
    for (const [i, output] of node.outputs.entries()) values.set(output, written[i]!);
  }
  const given = results.map(({ kind, name, value }): Result => {
    const type = typeOf(value);
    const sharding = kind === 'state' ? shardingOf(kind, name, type) : outputSharding(type, shared);
    return { kind, name, ...type, sharding };
  });
  const returned = results.map(({ value }) => tensorOf(value));
  const text = moduleText({
    mesh,
    parameters: parameters.map((node, i) => {
      const tensor = tensorOf(node.outputs[0]!);
      return parameterText(
        tensor,
        args[i]!,
        results.findIndex(({ kind, name }) => kind === 'state' && name === args[i]!.name),
        mesh,
      );
    }),
    body: hlo.lines(returned),
    returned,
    results: given,
    locations: locations.definitions,
  });
  return { text, arguments: args, results: given, attention: graph.attention };
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
function parameterText(tensor: Tensor, { name, sharding }: Argument, result: number, mesh: Mesh | undefined): string {
  const attributes = [
    ...(result < 0 ? [] : [`tf.aliasing_output = ${result} : i32`]),
    ...(mesh === undefined ? [] : [shardingAttribute(tensor, sharding, mesh)]),
  ];
  const text = attributes.length === 0 ? '' : ` {${attributes.join(', ')}}`;
  return `${tensor.name}: ${typeText(tensor)}${text} loc(${JSON.stringify(name)})`;
}

/**
 * Outputs with rows as the batch has stay where they were made. Among hosts each is given its own, so that they must be of samples;
 * on one the pieces are joined again, whatever they are.
 */
function outputSharding({ shape: [rows] }: TensorType, shared: SharedProgram | undefined): Sharding | undefined {
  if (shared === undefined || rows === undefined || rows === 0) return undefined;
  const { mesh, samples } = shared;
  const unit = (mesh.hosts ?? 1) === 1 ? mesh.parts : samples;
  return unit === undefined || rows % unit !== 0 ? undefined : { axis: 0, over: 'parts' };
}

function moduleText(parts: {
  mesh: Mesh | undefined;
  parameters: readonly string[];
  body: readonly string[];
  returned: readonly Tensor[];
  results: readonly Result[];
  locations: readonly string[];
}): string {
  const { mesh } = parts;
  const types = parts.returned.map(typeText).join(', ');
  const results = parts.results.map((result) =>
    mesh === undefined ? typeText(result) : `${typeText(result)} {${shardingAttribute(result, result.sharding, mesh)}}`,
  );
  const returned =
    parts.returned.length === 0 ? '' : ` ${parts.returned.map(({ name }) => name).join(', ')} : ${types}`;
  const partitions = mesh === undefined ? 1 : mesh.parts * mesh.copies;
  return [
    `module @step attributes {mhlo.num_partitions = ${partitions} : i32, mhlo.num_replicas = 1 : i32} {`,
    ...(mesh === undefined ? [] : [`  ${meshText(mesh)}`]),
    `  func.func public @main(${parts.parameters.map((parameter) => `\n    ${parameter}`).join(',')}`,
    `  ) -> (${results.join(', ')}) {`,
    ...parts.body.map((line) => `    ${line}`),
    `    return${returned}`,
    '  }',
    '}',
    ...parts.locations,
    '',
  ].join('\n');
}
