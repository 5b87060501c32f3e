import { countBlocks } from './count-blocks.js';
import { accounted, affine, blockNames, type Shapes } from './expected-names.js';
import type { RecognizedModel } from './recognized-model.js';

/** Sets by their number of classes, which is all that a probe tells of its task. */
const CLASSES: Readonly<Record<number, string>> = {
  27: 'Jester',
  48: 'Diving48',
  174: 'Something-Something v2',
  180: 'COIN',
  400: 'Kinetics-400',
  1000: 'ImageNet-1K',
};

const CROSS = 'pooler.cross_attention_block';

/** The linear layers of an anticipation probe, in the order of its queries. */
const TARGETS = ['verb', 'noun', 'action'] as const;

/** An attentive probe; undefined where the tensors are another's. */
export function recognizeProbe(key: string | undefined, tensors: Shapes): RecognizedModel | undefined {
  const targets = tensors.has('action_classifier.weight') ? TARGETS.map((target) => `${target}_classifier`) : undefined;
  const linears = targets ?? ['linear'];
  const [last] = linears.slice(-1) as [string];
  const embedDim = tensors.get(`${last}.weight`)?.shape[1];
  const attentive = tensors.has('pooler.query_tokens') && tensors.has(`${CROSS}.xattn.q.weight`);
  if (embedDim === undefined || !attentive) return undefined;
  const projected = tensors.has(`${CROSS}.xattn.proj.weight`);
  const blocks = countBlocks('pooler.blocks', tensors.keys());
  const leaves = ['norm1', 'xattn.q', 'xattn.kv', ...(projected ? ['xattn.proj'] : []), 'norm2', 'mlp.fc1', 'mlp.fc2'];
  const expected = [
    'pooler.query_tokens',
    ...leaves.flatMap((leaf) => affine(`${CROSS}.${leaf}`)),
    ...blockNames('pooler.blocks', blocks),
    ...linears.flatMap(affine),
  ];
  const version = projected ? 'V-JEPA' : 'V-JEPA 2';
  const counts = linears.map((linear) => tensors.get(`${linear}.weight`)?.shape[0] ?? 0);
  const heads = projected ? '' : ', of 16 heads where it is as published';
  return {
    ...{ key, kind: targets ? 'anticipation probe' : 'probe', version, depth: blocks + 1, embedDim },
    description:
      `${targets ? 'anticipation' : 'attentive'} probe of depth ${blocks + 1} for ${targets ? anticipated(counts) : classes(counts[0]!)}` +
      `, ${embedDim} wide${heads}`,
    ...accounted(tensors, expected, [], version),
  };
}

function classes(count: number): string {
  const set = CLASSES[count];
  return `${count} classes${set === undefined ? '' : ` (as many as ${set} has)`}`;
}

function anticipated(counts: readonly number[]): string {
  return TARGETS.map((target, i) => `${counts[i]} ${target}s`).join(', ');
}
