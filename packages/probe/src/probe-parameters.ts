import type { FloatTensor } from '@vjepa/engine';
import type { RandomGenerator } from '@vjepa/random';
import { addBlockShapes, fillTruncatedNormal, type ParameterShapes } from '@vjepa/vit';
import type { AttentiveProbeConfig, ProbeConfig } from './probe-config.js';

/**
 * Names, shapes and order of a probe's parameters, as in the reference's classifier. V-JEPA's attentive probe keeps a
 * `proj` after its cross-attention that is stored but never applied; V-JEPA 2's has none.
 */
export function probeParameterShapes(config: ProbeConfig): ParameterShapes {
  const shapes: ParameterShapes = new Map();
  const D = config.embedDim;
  if (config.kind === 'attentive') addPoolerShapes(shapes, config);
  else if (config.normalize) addAffine(shapes, 'norm', [D]);
  for (const { layer, classes } of probeClassifiers(config)) addAffine(shapes, layer, [classes, D]);
  return shapes;
}

/** The linear layers that answer, in order; each has a query of its own. */
export function probeClassifiers(config: ProbeConfig): { layer: string; classes: number }[] {
  const tasks = config.kind === 'attentive' ? config.tasks : undefined;
  if (tasks === undefined) return [{ layer: 'linear', classes: config.numClasses }];
  return tasks.map(({ name, classes }) => ({ layer: `${name}_classifier`, classes }));
}

function addPoolerShapes(shapes: ParameterShapes, config: AttentiveProbeConfig): void {
  const D = config.embedDim;
  const hidden = Math.trunc(D * config.mlpRatio);
  const block = 'pooler.cross_attention_block';
  const attention = attentionPrefix(config);
  shapes.set('pooler.query_tokens', [1, probeClassifiers(config).length, D]);
  if (config.completeBlock) addAffine(shapes, `${block}.norm1`, [D]);
  addAffine(shapes, `${attention}.q`, [D, D]);
  addAffine(shapes, `${attention}.kv`, [2 * D, D]);
  if (config.selfAttention === 'after') addAffine(shapes, `${attention}.proj`, [D, D]);
  if (config.completeBlock) {
    addAffine(shapes, `${block}.norm2`, [D]);
    addAffine(shapes, `${block}.mlp.fc1`, [hidden, D]);
    addAffine(shapes, `${block}.mlp.fc2`, [D, hidden]);
  }
  for (let j = 0; j < config.depth - 1; j++) addBlockShapes(shapes, `pooler.blocks.${j}`, D, hidden);
}

/** Where the cross-attention's own layers are: inside a complete block, or in place of it. */
export function attentionPrefix(config: AttentiveProbeConfig): string {
  return config.completeBlock ? 'pooler.cross_attention_block.xattn' : 'pooler.cross_attention_block';
}

function addAffine(shapes: ParameterShapes, prefix: string, shape: number[]): void {
  shapes.set(`${prefix}.weight`, shape);
  shapes.set(`${prefix}.bias`, [shape[0]!]);
}

/**
 * A fresh probe: weights and query normal with deviation 0.02, the last layer of each branch divided by sqrt(2 l) in
 * layer l, biases 0, norms 1 and 0, the classifier uniform in +-1 / sqrt(D). With blocks after the cross-attention,
 * that is l = 1 and they follow; with blocks before it they begin at l = 1, and it shares the last one's l.
 */
export function initializeProbe(config: ProbeConfig, random: RandomGenerator): Record<string, FloatTensor> {
  const parameters: Record<string, FloatTensor> = {};
  for (const [name, shape] of probeParameterShapes(config)) {
    const data = new Float32Array(shape.reduce((product, length) => product * length, 1));
    if (CLASSIFIER.test(name)) fillUniform(data, 1 / Math.sqrt(config.embedDim), random);
    else if (shape.length > 1) fillTruncatedNormal(data, 0.02 / Math.sqrt(branchDivisor(name, config)), random);
    else if (name.endsWith('.weight')) data.fill(1);
    parameters[name] = { shape, data };
  }
  return parameters;
}

const CLASSIFIER = /^(linear|\w+_classifier)\./;

function branchDivisor(name: string, config: ProbeConfig): number {
  if (config.kind !== 'attentive' || !/(proj|fc2)\.weight$/.test(name)) return 1;
  const { selfAttention, depth } = config;
  const block = /pooler\.blocks\.(\d+)\./.exec(name);
  if (block === null) return selfAttention === 'after' ? 2 : 2 * Math.max(1, depth - 1);
  return 2 * (Number(block[1]) + (selfAttention === 'after' ? 2 : 1));
}

function fillUniform(out: Float32Array, bound: number, random: RandomGenerator): void {
  for (let i = 0; i < out.length; i++) out[i] = bound * ((2 * (random.nextUint32() + 0.5)) / 0x100000000 - 1);
}
