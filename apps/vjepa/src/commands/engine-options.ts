import { type Command, Option } from 'commander';
import type { EngineOptions } from '../engine/engine.js';

/** Adds `--backend`, `--device` and `--eager` as every command that computes has them. */
export function addEngineOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--backend <name>', 'what to compute with; default: TensorFlow where it is found, else wasm').choices([
        'tensorflow',
        'wasm',
      ]),
    )
    .addOption(
      new Option('--device <kind>', 'cpu or gpu, nothing else; default: a GPU where one can be used').choices([
        'cpu',
        'gpu',
      ]),
    )
    .option('--eager', 'run steps operation by operation instead of compiled');
}

export type { EngineOptions };
