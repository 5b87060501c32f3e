import { CheckpointError } from './checkpoint-error.js';
import { concatRows, rowShare, stackTensors, unstackTensor } from './derived-tensor.js';
import { HUGGING_FACE_PREFIX, huggingFaceNames, maskTokenNames } from './hugging-face-names.js';
import type { StoredTensor } from './stored-tensor.js';
import { stripPrefixes } from './strip-prefixes.js';

type NamedTensors = ReadonlyMap<string, StoredTensor>;

/**
 * Renames the parameters of a V-JEPA 2 model from Hugging Face transformers to the original names, joining queries,
 * keys and values and taking the mask tokens apart. Tensors are still read only when asked for.
 *
 * @param path the file they come from, for messages
 * @returns encoder, predictor and probe in one map: `blocks.…`, `predictor_blocks.…`, `pooler.…`
 * @throws CheckpointError that lists every name without a counterpart
 */
export function fromHuggingFace(path: string, tensors: NamedTensors): Map<string, StoredTensor> {
  const rest = new Map([...tensors].map(([name, tensor]) => [withoutPrefix(name), tensor]));
  const result = new Map<string, StoredTensor>();
  const maskTokens = take(rest, maskTokenNames.huggingFace);
  if (maskTokens) {
    unstackTensor(maskTokens).forEach(
      (token, i) => void result.set(maskTokenNames.original.replace('{i}', `${i}`), token),
    );
  }
  for (const { original, huggingFace } of huggingFaceNames) {
    for (const fields of matches(huggingFace[0]!, rest.keys())) {
      const names = huggingFace.map((pattern) => fill(pattern, fields));
      if (!names.every((name) => rest.has(name))) continue;
      const parts = names.map((name) => take(rest, name)!);
      result.set(fill(original, fields), parts.length === 1 ? parts[0]! : concatRows(parts));
    }
  }
  refuseRest(path, rest, 'the original V-JEPA 2');
  return result;
}

/**
 * The inverse of {@link fromHuggingFace}.
 *
 * @param options.prefixed puts 'vjepa2.' before encoder and predictor names, as the classification model has them
 * @throws CheckpointError that lists every name without a counterpart, such as V-JEPA 1's `pos_embed`
 */
export function toHuggingFace(
  path: string,
  tensors: NamedTensors,
  options: { prefixed?: boolean } = {},
): Map<string, StoredTensor> {
  const rest = new Map(tensors);
  const result = new Map<string, StoredTensor>();
  const maskTokens = [...rest.keys()].filter((name) => toPattern(maskTokenNames.original).test(name));
  if (maskTokens.length > 0) {
    const tokens = maskTokens.map((_, i) => take(rest, maskTokenNames.original.replace('{i}', `${i}`)));
    if (tokens.includes(undefined)) {
      throw new CheckpointError(path, `its mask tokens are ${maskTokens.join(', ')}`, 'number them from 0 on');
    }
    result.set(maskTokenNames.huggingFace, stackTensors(tokens as StoredTensor[]));
  }
  for (const { original, huggingFace } of huggingFaceNames) {
    for (const fields of matches(original, rest.keys())) {
      const tensor = take(rest, fill(original, fields))!;
      const parts = huggingFace.length;
      huggingFace.forEach((pattern, part) => {
        result.set(fill(pattern, fields), parts === 1 ? tensor : rowShare(tensor, part, parts));
      });
    }
  }
  refuseRest(path, rest, 'the Hugging Face V-JEPA 2');
  return options.prefixed ? new Map([...result].map(([name, tensor]) => [withPrefix(name), tensor])) : result;
}

/** Whether a file's names are those of Hugging Face's V-JEPA 2. */
export function isHuggingFace(names: Iterable<unknown>): boolean {
  for (const name of names) {
    if (typeof name === 'string' && withoutPrefix(name).startsWith('encoder.embeddings.patch_embeddings.')) return true;
  }
  return false;
}

/** What `{i}` and `*` stand for in a name. */
type Fields = Readonly<Partial<Record<'i' | 'leaf', string>>>;

function matches(pattern: string, names: Iterable<string>): Fields[] {
  const expression = toPattern(pattern);
  return [...names].map((name) => expression.exec(name)).flatMap((match) => (match ? [match.groups ?? {}] : []));
}

function toPattern(pattern: string): RegExp {
  const escaped = pattern.replaceAll('.', '\\.').replace('{i}', '(?<i>\\d+)').replace('*', '(?<leaf>weight|bias)');
  return new RegExp(`^${escaped}$`);
}

function fill(pattern: string, { i, leaf }: Fields): string {
  return pattern.replace('{i}', i ?? '{i}').replace('*', leaf ?? '*');
}

function take(tensors: Map<string, StoredTensor>, name: string): StoredTensor | undefined {
  const tensor = tensors.get(name);
  tensors.delete(name);
  return tensor;
}

/** A name without the wrappers of training, and without what the classification model puts before it. */
export function withoutPrefix(wrapped: string): string {
  const name = stripPrefixes(wrapped);
  return name.startsWith(HUGGING_FACE_PREFIX) ? name.slice(HUGGING_FACE_PREFIX.length) : name;
}

function withPrefix(name: string): string {
  return /^(encoder|predictor)\./.test(name) ? HUGGING_FACE_PREFIX + name : name;
}

function refuseRest(path: string, rest: NamedTensors, model: string): void {
  if (rest.size === 0) return;
  const problem = `${rest.size} names have no counterpart in ${model}:\n  ${[...rest.keys()].join('\n  ')}\n`;
  throw new CheckpointError(path, problem, 'leave these tensors out, or check that the file is a whole V-JEPA 2 model');
}
