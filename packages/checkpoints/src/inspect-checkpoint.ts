import { CheckpointError } from './checkpoint-error.js';
import type { CheckpointFile } from './checkpoint-file.js';
import { type CheckpointValue, isStoredTensor, keyText } from './checkpoint-value.js';
import { Complex } from './complex.js';
import { elementCount } from './host-tensor.js';
import type { HuggingFaceConfig } from './hugging-face-config.js';
import { ModelIndex } from './model-index.js';
import { limitsOf, type ModelUse, USES, usesOf } from './model-uses.js';
import { withCheckpoint } from './open-checkpoint.js';
import { describeModels, recognizeModels } from './recognize-models.js';
import type { RecognizedModel } from './recognized-model.js';
import { stripNames } from './strip-names.js';
import { Tuple } from './tuple.js';

/** What is in a checkpoint, as plain data that JSON can hold. */
export interface Inspection {
  path: string;
  format: 'torch' | 'safetensors';
  /** Bytes of the file, or of all files of weights in a folder. */
  fileBytes: number;
  metadata: Readonly<Record<string, string>>;
  /** The models in it that are V-JEPA's, by their tensors' names and shapes. */
  models: RecognizedModel[];
  /** What these models can be used for. */
  uses: ModelUse[];
  /** What a Hugging Face folder's `config.json` says; undefined for a file, and for a folder without one. */
  huggingFace: HuggingFaceConfig | undefined;
  root: InspectionNode;
}

/** One value of a checkpoint's tree. */
export interface InspectionNode {
  /** Its key in the dict or its place in the list above it; empty for the root. */
  key: string;
  kind: 'tensor' | 'dict' | 'list' | 'tuple' | 'set' | 'value';
  /** Tensors in it: 1 for a tensor. */
  tensors: number;
  /** Elements of these tensors. */
  parameters: number;
  /** Bytes of these tensors. */
  bytes: number;
  /** A tensor's type and shape. */
  dtype?: string;
  shape?: readonly number[];
  /** A plain value; integers beyond ±2^53, complex numbers and what is known of bytes as text. */
  value?: null | boolean | number | string;
  /** What a dict, list, tuple or set holds, in its order. */
  children?: InspectionNode[];
}

/**
 * Says what is in a PyTorch or safetensors file of any size without reading its tensors.
 *
 * @throws CheckpointError when the file cannot be read
 */
export function inspectCheckpoint(file: CheckpointFile): Promise<Inspection> {
  return withCheckpoint(file, async ({ path, format, fileBytes, root, metadata, huggingFace, close }) => {
    const models = modelsOf(path, root);
    const known = { models, uses: usesOf(models), huggingFace };
    await close();
    return { path, format, fileBytes, metadata, ...known, root: inspectValue('', root) };
  });
}

/** None where names contradict each other: that is for whoever reads the models to mend. */
function modelsOf(path: string, root: CheckpointValue): RecognizedModel[] {
  try {
    const { models } = new ModelIndex(path, root);
    return recognizeModels(Array.from(models, ([key, tensors]) => [key, stripNames(path, tensors)]));
  } catch (error) {
    if (error instanceof CheckpointError) return [];
    throw error;
  }
}

function inspectValue(key: string, value: CheckpointValue): InspectionNode {
  if (isStoredTensor(value)) {
    const { dtype, shape, byteLength: bytes } = value;
    return { key, kind: 'tensor', tensors: 1, parameters: elementCount(shape), bytes, dtype, shape };
  }
  if (value instanceof Map)
    return collect(
      key,
      'dict',
      [...value].map(([name, item]) => inspectValue(keyText(name), item)),
    );
  if (Array.isArray(value)) {
    const children = Array.from(value as CheckpointValue[], (item, index) => inspectValue(`${index}`, item));
    return collect(key, value instanceof Tuple ? 'tuple' : 'list', children);
  }
  if (value instanceof Set) {
    return collect(
      key,
      'set',
      Array.from(value, (item, index) => inspectValue(`${index}`, item)),
    );
  }
  return { key, kind: 'value', tensors: 0, parameters: 0, bytes: 0, value: plainValue(value) };
}

function plainValue(value: null | boolean | number | bigint | string | Uint8Array | Complex) {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return typeof value === 'bigint' || value instanceof Complex ? value.toString() : value;
}

function collect(key: string, kind: InspectionNode['kind'], children: InspectionNode[]): InspectionNode {
  const sum = (field: 'tensors' | 'parameters' | 'bytes') => children.reduce((total, child) => total + child[field], 0);
  return { key, kind, tensors: sum('tensors'), parameters: sum('parameters'), bytes: sum('bytes'), children };
}

/** How an inspection is put in words. */
export interface DescribeOptions {
  /** A line for every tensor. Default: groups of nothing but tensors are one line. */
  tensors?: boolean | undefined;
  /** What is said of each use, such as the command for it. */
  uses?: Readonly<Record<ModelUse, string>> | undefined;
}

/** An inspection as text, one line per value, two spaces per level. */
export function describeInspection(inspection: Inspection, options: DescribeOptions = {}): string {
  const { path, format, fileBytes, metadata, root } = inspection;
  const lines = [`${path}: ${format}, ${formatBytes(fileBytes)}, ${describeTotals(root)}`];
  lines.push(...modelLines(inspection, options.uses).map((line) => `  ${onOneLine(line)}`));
  for (const [key, value] of Object.entries(metadata))
    lines.push(`  metadata ${onOneLine(key)}: ${onOneLine(shorten(value))}`);
  const nodes = root.children ?? [root];
  if (options.tensors || nodes.some((node) => node.kind !== 'tensor')) describeNodes(nodes, 1, lines, options.tensors);
  return lines.join('\n');
}

function modelLines(
  { models, uses, huggingFace }: Inspection,
  words: Readonly<Record<ModelUse, string>> = USES,
): string[] {
  const description = describeModels(models);
  if (description === undefined) return [];
  const unread = [...new Set(models.flatMap((model) => model.unread))];
  const named = (which: 'unknown' | 'missing', words: string) =>
    models
      .filter((model) => model[which].length > 0)
      .map(({ key, [which]: names }) => `${key ?? 'the model'} ${words}: ${names.join(', ')}`);
  return [
    description,
    ...(huggingFace ? [configLine(huggingFace, models)] : []),
    ...(uses.length === 0 ? [] : [`for ${uses.map((use) => words[use]).join(', ')}`]),
    ...limitsOf(models),
    ...(unread.length === 0 ? [] : [`position tables that it does not use: ${unread.join(', ')}`]),
    ...named('unknown', 'has names of no such model'),
    ...named('missing', 'lacks'),
  ];
}

function configLine(
  { encoder, predictor, probe: { labels } }: HuggingFaceConfig,
  models: readonly RecognizedModel[],
): string {
  const named = labels.length > 0 && models.some(({ kind }) => kind === 'probe');
  const classes = !named ? '' : `, ${labels.length} labels (${labels.slice(0, 3).join(', ')}, …)`;
  return (
    `config.json: ${encoder.numFrames} frames of ${encoder.imageSize} x ${encoder.imageSize}, ` +
    `${encoder.numHeads} heads, the predictor's ${predictor.numHeads}${classes}`
  );
}

function describeNodes(nodes: readonly InspectionNode[], level: number, lines: string[], tensors = false): void {
  for (const node of nodes) {
    lines.push(`${'  '.repeat(level)}${onOneLine(node.key)}: ${describeNode(node)}`);
    const children = node.children ?? [];
    const dicts = children.filter(({ kind }) => kind === 'dict').length;
    // An optimiser's state has a dict for each of hundreds of parameters.
    const open = tensors ? children.length > 0 : level < 3 && dicts > 0 && dicts <= 16;
    if (open) describeNodes(children, level + 1, lines, tensors);
  }
}

function describeNode(node: InspectionNode): string {
  if (node.kind === 'tensor') return `${node.dtype} [${node.shape}]`;
  if (node.kind === 'value') return onOneLine(shorten(JSON.stringify(node.value)));
  const { length } = node.children!;
  const values = `${node.kind} of ${length}`;
  return node.tensors > 0 ? `${values}, ${describeTotals(node)}` : values;
}

function describeTotals({ tensors, parameters, bytes }: InspectionNode): string {
  return `${tensors} tensors, ${parameters.toLocaleString('en')} parameters, ${formatBytes(bytes)}`;
}

function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return power === 0 ? `${bytes} bytes` : `${(bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}

/** Names in a file may hold anything; a line feed or a terminal's control sequence in one must not pass for output. */
function onOneLine(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
