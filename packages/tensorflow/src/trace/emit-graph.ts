import { ACROSS_REPLICAS, type LoweredGraph } from '@vjepa/trace';
import type { CApi } from '../c-api.js';
import type { JoinedHosts } from '../hosts/join-hosts.js';
import { acrossReplicas } from './across-replicas.js';
import { type EmitOptions, Emitter, type VariableOutputs } from './emitter.js';
import type { GraphBuilder } from './graph-builder.js';
import type { Program } from './program.js';

/** Adds the operations of a lowered trace to a TensorFlow graph. */
export function emitGraph(
  api: CApi,
  builder: GraphBuilder,
  variables: VariableOutputs,
  graph: LoweredGraph,
  options: EmitOptions,
): Program {
  return emitReplicas(api, builder, graph, [{ variables, ...options }])[0]!;
}

/**
 * Adds the operations of a lowered trace once for each of several devices, on which they run side by side.
 *
 * @param options.parts how many parts the batch is in: the first replicas have one each, whose values all the others take over
 * @param options.hosts other processes that have parts of the batch, too
 */
export function emitReplicas(
  api: CApi,
  builder: GraphBuilder,
  graph: LoweredGraph,
  replicas: readonly (EmitOptions & { variables: VariableOutputs })[],
  { parts = replicas.length, hosts }: { parts?: number; hosts?: JoinedHosts | undefined } = {},
): Program[] {
  const emitters = replicas.map((options) => new Emitter(api, builder, options.variables, options));
  const withPart = emitters.slice(0, parts);
  for (const node of graph.nodes) {
    if (node.op !== ACROSS_REPLICAS) {
      for (const emitter of emitters) emitter.node(node);
      continue;
    }
    const values = withPart.map((emitter) => emitter.output(node.inputs[0]!));
    const results = acrossReplicas(node, values, { emitters, parts, hosts });
    for (const [replica, emitter] of emitters.entries()) emitter.take(node.outputs[0]!, results[replica]!);
  }
  return emitters.map((emitter) => emitter.finish(graph));
}
