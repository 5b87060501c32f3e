import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { VARINT } from '@vjepa/native';
import { type Attributes, DataType, type LoweredGraph } from '@vjepa/trace';
import type { CApi, OutputOfOperation, Pointer } from '../c-api.js';
import { emitGraph } from './emit-graph.js';
import type { EmitOptions, VariableOutputs } from './emitter.js';
import { encodeOutputs, GraphBuilder } from './graph-builder.js';
import type { Program, StagingArea } from './program.js';
import { hostTensor } from './tensor-memory.js';
import type { Variables } from './variables.js';

/** Tells TensorFlow that XLA must compile a function whole; to XLA it is an error if it cannot. */
const MUST_COMPILE = '_XlaMustCompile';

/**
 * A lowered trace as one function that XLA compiles when it first runs, and one operation that calls it. All sizes must
 * be fixed. The state's variables are arguments of the function, which reads and writes them.
 */
export function emitXlaProgram(
  api: CApi,
  builder: GraphBuilder,
  variables: Variables,
  graph: LoweredGraph,
  { prefix, device }: EmitOptions,
): Program {
  const body = new GraphBuilder(api);
  try {
    const state = new StateArguments(body, variables);
    const inside = emitGraph(api, body, state, graph, { prefix, device: '' });
    const names = [...inside.feeds.keys()];
    const results = afterUpdates(body, [...inside.fetches.values()], inside.updates);
    const parameters = [...inside.feeds.values(), ...state.handles.values()];
    addFunction(api, { builder, body, name: prefix }, parameters, results);

    const feeds = names.map((name, i) => {
      const parameter = inside.feeds.get(name)!;
      const attributes: Attributes = {
        dtype: { kind: 'type', value: body.outputType(parameter) },
        shape: { kind: 'shape', value: body.shape(parameter)! },
      };
      return { oper: builder.add({ op: 'Placeholder', name: `${prefix}/feed_${i}`, attributes, device }), index: 0 };
    });
    const handles = Array.from(state.handles.keys(), (name) => variables.get(name).handle);
    const staged = feeds.length > 0 ? addStagingArea(api, builder, feeds, { prefix, device }) : undefined;
    const call = builder.add({
      op: 'StatefulPartitionedCall',
      name: `${prefix}/call`,
      inputs: [...(staged?.values ?? feeds), ...handles],
      attributes: {
        Tin: { kind: 'types', value: parameters.map((parameter) => body.outputType(parameter)) },
        Tout: { kind: 'types', value: results.map((result) => body.outputType(result)) },
        f: { kind: 'function', value: prefix },
        [MUST_COMPILE]: { kind: 'bool', value: true },
      },
      device,
    });
    return {
      feeds: new Map(names.map((name, i) => [name, feeds[i]!])),
      lengthFeeds: [],
      fetches: new Map(Array.from(inside.fetches.keys(), (name, index) => [name, { oper: call, index }])),
      updates: [call],
      nodes: inside.nodes,
      ...(staged && { staging: staged.area }),
    };
  } finally {
    body.dispose();
  }
}

/**
 * Where inputs lie on the device until a run takes them, so that those of the next may be copied there while one is under
 * way.
 */
function addStagingArea(
  api: CApi,
  builder: GraphBuilder,
  feeds: readonly OutputOfOperation[],
  { prefix, device }: EmitOptions,
): { area: StagingArea; values: OutputOfOperation[] } {
  const host = '/device:CPU:0';
  const scalar: Attributes = { dtype: { kind: 'type', value: DataType.INT64 }, shape: { kind: 'shape', value: [] } };
  const key = {
    oper: builder.add({ op: 'Placeholder', name: `${prefix}/key`, attributes: scalar, device: host }),
    index: 0,
  };
  const all = Int32Array.from(feeds, (_, i) => i);
  const tensor = hostTensor(api, DataType.INT32, [all.length], all);
  const dtype: Attributes = { dtype: { kind: 'type', value: DataType.INT32 } };
  const indices = {
    oper: builder.add({ op: 'Const', name: `${prefix}/all`, attributes: dtype, tensor, device: host }),
    index: 0,
  };
  api.TF_DeleteTensor(tensor);
  const types = { kind: 'types', value: feeds.map((feed) => builder.outputType(feed)) } as const;
  const area: Attributes = { dtypes: types, shared_name: { kind: 'string', value: prefix } };
  const put = builder.add({
    ...{ op: 'MapStage', name: `${prefix}/put`, device },
    ...{ inputs: [key, indices, ...feeds], attributes: { ...area, fake_dtypes: types } },
  });
  const take = builder.add({
    op: 'MapUnstage',
    name: `${prefix}/take`,
    inputs: [key, indices],
    attributes: area,
    device,
  });
  return { area: { key, put, take }, values: feeds.map((_, index) => ({ oper: take, index })) };
}

/** The state inside a function: handles are its arguments, one for each variable it uses. */
class StateArguments implements VariableOutputs {
  readonly handles = new Map<string, OutputOfOperation>();
  readonly #body: GraphBuilder;
  readonly #variables: Variables;
  readonly #outputs = new Map<string, ReturnType<VariableOutputs['get']>>();

  constructor(body: GraphBuilder, variables: Variables) {
    this.#body = body;
    this.#variables = variables;
  }

  get(name: string) {
    let outputs = this.#outputs.get(name);
    if (outputs === undefined) {
      const index = this.#outputs.size;
      const { dtype } = this.#variables.get(name);
      const add = (op: string, type: number, inputs: OutputOfOperation[] = []) => {
        const attributes: Attributes = { dtype: { kind: 'type', value: type } };
        return { oper: this.#body.add({ op, name: `state/${index}/${op}`, attributes, inputs }), index: 0 };
      };
      const handle = add('Placeholder', DataType.RESOURCE);
      this.handles.set(name, handle);
      outputs = { handle, read: add('ReadVariableOp', dtype, [handle]) };
      this.#outputs.set(name, outputs);
    }
    return outputs;
  }
}

/** Results that are there only when the state is written, so that nothing of the function is left out. */
function afterUpdates(body: GraphBuilder, results: readonly OutputOfOperation[], updates: readonly Pointer[]) {
  return results.map((result, i) => {
    const attributes: Attributes = { T: { kind: 'type', value: body.outputType(result) } };
    const name = `result/${i}`;
    return { oper: body.add({ op: 'Identity', name, inputs: [result], attributes, controls: updates }), index: 0 };
  });
}

/** Makes `body` a function of `parameters` and gives it to the graph that `builder` makes. */
function addFunction(
  api: CApi,
  { builder, body, name }: { builder: GraphBuilder; body: GraphBuilder; name: string },
  parameters: readonly OutputOfOperation[],
  results: readonly OutputOfOperation[],
): void {
  const status = api.TF_NewStatus();
  const [inputs, outputs] = [encodeOutputs(parameters), encodeOutputs(results)];
  const all = -1;
  const made = api.TF_GraphToFunction(
    ...([body.graph, name, 0, all, null, parameters.length, inputs] as const),
    ...([results.length, outputs, null, null, null, status] as const),
  );
  try {
    api.check(status, `making a function of ${name}`);
    const yes = new BinaryWriter().tag(5, VARINT).bool(true).finish(); // AttrValue: b 5
    api.TF_FunctionSetAttrValueProto(made, MUST_COMPILE, yes, yes.length, status);
    api.check(status);
    api.TF_GraphCopyFunction(builder.graph, made, null, status);
    api.check(status);
  } finally {
    if (made) api.TF_DeleteFunction(made);
    api.TF_DeleteStatus(status);
  }
}
