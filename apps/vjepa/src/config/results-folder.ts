import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ExistingRun, type ResultsFolder, resultsFolder } from '@vjepa/training';
import { CONFIG_FILE } from './config-record.js';

/** A config that says where its results go. */
export interface ResultsConfig {
  eval_name: string;
  tag: string | null;
  pretrain: { folder: string };
}

/** `run`, or the reference's place: beside the pretrained model, by the evaluation's name and tag. */
export function resultsFolderOf({ eval_name, tag, pretrain }: ResultsConfig, run: string | undefined): ResultsFolder {
  const path = run ?? join(pretrain.folder, eval_name, ...(tag === null ? [] : [tag]));
  return resultsFolder(path, { file: CONFIG_FILE });
}

/** What a config's `resume_checkpoint` asks for: go on where there is something, else begin. */
export function existingResults(existing: ExistingRun | undefined, wish: boolean, folder: ResultsFolder): ExistingRun {
  if (existing !== undefined) return existing;
  return wish && existsSync(folder.config) ? 'resume' : 'refuse';
}

/**
 * Keys of a config that may change when a run is resumed, because no number depends on them: how fast and where it is
 * computed, when it is looked at, and names of files, whose content is compared instead.
 */
export const MAY_CHANGE: ReadonlySet<string> = new Set([
  // How fast, where and when.
  ...['nodes', 'tasks_per_node', 'num_workers', 'decode_time_limit', 'encoder_batch', 'probe_batch'],
  ...['validate_every', 'resume_checkpoint', 'tag'],
  // Without effect.
  ...['pretrain.use_silu', 'pretrain.tight_silu', 'pretrain.use_sdpa'],
  // Names of what is compared by its content.
  ...['pretrain.folder', 'pretrain.checkpoint', 'head.checkpoint', 'data.class_names'],
  ...['data.dataset_train', 'data.dataset_val', 'data.dataset_test', 'data.root_path', 'data.image_folder'],
  ...['data.annotations', 'data.videos', 'data.proposals'],
]);
