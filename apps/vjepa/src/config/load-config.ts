import { readFileSync } from 'node:fs';
import { decodeText } from '@vjepa/benchmarks';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { CommandError, reasonOf } from '../command-error.js';
import { bundledConfigs, findConfig } from './bundled-configs.js';
import { describeProblems } from './config-problem.js';
import { type DetectionConfig, detectionConfig } from './detection-config.js';
import {
  type AnticipationConfig,
  anticipationConfig,
  type EvaluationConfig,
  imageEvaluationConfig,
  type VideoEvaluationConfig,
  videoEvaluationConfig,
} from './evaluation-config.js';
import { isFilledIn } from './filled-in-config.js';
import { type FineTuningConfig, fineTuningConfig } from './fine-tuning-config.js';
import { ignoredKeyNotes } from './ignored-keys.js';
import { lonesAsLists } from './lones-as-lists.js';
import { applyOverrides, type ConfigTree, type Override } from './override.js';
import { plainTree } from './plain-tree.js';
import { type PretrainingConfig, pretrainingConfig } from './pretraining-config.js';
import { ownEvaluationTree, vjepa2EvaluationFile } from './vjepa2-evaluation-file.js';

/** A config that passed its schema, defaults filled in, with notes on keys that change nothing. */
export interface LoadedConfig<Config> {
  config: Config;
  notes: string[];
}

/**
 * Reads a pretraining file and checks it.
 *
 * @throws CommandError naming the file and, one line each, every key that is unknown or has a wrong value.
 */
export function loadPretrainingConfig(
  file: string,
  overrides: readonly Override[] = [],
): LoadedConfig<PretrainingConfig> {
  const tree = applyOverrides(readConfigTree(file), overrides);
  if ('eval_name' in tree) {
    throw new CommandError(`${file}: eval_name says that this is no pretraining config${rightCommand(tree)}`);
  }
  return loaded(pretrainingConfig, file, tree, overrides);
}

/** Reads an evaluation file, video or image by its `eval_name`, and checks it. Throws like `loadPretrainingConfig`. */
export function loadEvaluationConfig(
  file: string,
  overrides: readonly Override[] = [],
): LoadedConfig<EvaluationConfig> {
  const tree = ownTree(file, overrides);
  switch (tree.eval_name) {
    case 'video_classification_frozen':
      return loaded<VideoEvaluationConfig>(videoEvaluationConfig, file, tree, overrides);
    case 'image_classification_frozen':
      return loaded(imageEvaluationConfig, file, tree, overrides);
    case 'action_anticipation_frozen':
      return loaded<AnticipationConfig>(anticipationConfig, file, tree, overrides);
    default:
      throw new CommandError(
        `${file}: eval_name: expected video_classification_frozen, image_classification_frozen, action_anticipation_frozen or action_detection_frozen, found ${JSON.stringify(tree.eval_name)}` +
          rightCommand(tree),
      );
  }
}

/** The tree of a file and the overrides: of V-JEPA 2's file of an evaluation, one of our own. */
export function ownTree(file: string, overrides: readonly Override[]): ConfigTree {
  const tree = applyOverrides(readConfigTree(file), overrides);
  return 'experiment' in tree ? ownEvaluationTree(checked(vjepa2EvaluationFile, file, tree).config) : tree;
}

/** Reads a detection file and checks it. Throws like `loadPretrainingConfig`. */
export function loadDetectionConfig(file: string, overrides: readonly Override[] = []): LoadedConfig<DetectionConfig> {
  return loaded(detectionConfig, file, applyOverrides(readConfigTree(file), overrides), overrides);
}

/** Reads a fine-tuning file and checks it. Throws like `loadPretrainingConfig`. */
export function loadFineTuningConfig(
  file: string,
  overrides: readonly Override[] = [],
): LoadedConfig<FineTuningConfig> {
  const tree = applyOverrides(readConfigTree(file), overrides);
  if (tree.eval_name !== 'video_classification_finetuning') {
    throw new CommandError(
      `${file}: eval_name: expected video_classification_finetuning, found ${JSON.stringify(tree.eval_name)}; ` +
        `configs/finetune holds examples${rightCommand(tree)}`,
    );
  }
  return loaded(fineTuningConfig, file, tree, overrides);
}

const COMMANDS = new Map([
  ['video_classification_frozen', 'evaluate'],
  ['image_classification_frozen', 'evaluate'],
  ['action_detection_frozen', 'evaluate'],
  ['action_anticipation_frozen', 'evaluate'],
  ['video_classification_finetuning', 'finetune'],
]);

/** The end of an error about a config that another command runs. */
function rightCommand(tree: ConfigTree): string {
  const command = 'app' in tree ? 'pretrain' : COMMANDS.get(String(tree.eval_name));
  return command === undefined ? '' : `; run it with vjepa ${command}`;
}

/**
 * The tree in a YAML file, one that comes along (`configs/…`) or the reader's own; duplicate keys and syntax errors
 * refused with their line.
 */
export function readConfigTree(file: string): ConfigTree {
  let bytes: Buffer;
  try {
    bytes = readFileSync(findConfig(file));
  } catch (error) {
    throw new CommandError(`${file}: the config cannot be read: ${reasonOf(error)}; ${bundledConfigs}`);
  }
  const tree = plainTree(file, parsedTree(file, decodeText(file, bytes)));
  if (tree === null || typeof tree !== 'object' || Array.isArray(tree)) {
    throw new CommandError(`${file}: expected a YAML mapping with sections such as data: and model:`);
  }
  return tree as ConfigTree;
}

function parsedTree(file: string, text: string): unknown {
  try {
    const document = parseDocument(text, { prettyErrors: true, merge: true });
    const [error] = document.errors;
    if (error?.code === 'MULTIPLE_DOCS') throw new Error('it holds several documents (---), a config is one');
    if (error) throw error;
    return document.toJS();
  } catch (error) {
    // Also aliases that unfold without end, and nesting that is too deep.
    throw new CommandError(`${file}: not YAML: ${reasonOf(error).split('\n')[0]}`);
  }
}

/** Checks the tree of a file; of one that a run keeps, notes are on the overrides alone. */
function loaded<Config>(
  schema: z.ZodType<Config>,
  file: string,
  tree: ConfigTree,
  overrides: readonly Override[],
): LoadedConfig<Config> {
  const { config, notes } = checked(schema, file, tree);
  if (!isFilledIn(findConfig(file))) return { config, notes };
  const isWritten = (path: string) => overrides.some((override) => override.path.join('.') === path);
  return { config, notes: ignoredKeyNotes(tree, isWritten) };
}

/** Checks a tree against a schema; `source` is how errors name it. */
export function checked<Config>(schema: z.ZodType<Config>, source: string, tree: ConfigTree): LoadedConfig<Config> {
  const read = lonesAsLists(schema, tree);
  const result = schema.safeParse(read);
  if (!result.success) {
    const problems = describeProblems(schema, read, result.error.issues);
    throw new CommandError(problems.map((problem) => `${source}: ${problem}`).join('\n'));
  }
  return { config: result.data, notes: ignoredKeyNotes(tree) };
}
