import type { Command } from 'commander';
import { type Override, parseOverride } from '../config/override.js';

/** Adds `--config` and `--set` as every command that reads a config has them. */
export function addConfigOptions(command: Command, { required = true } = {}): Command {
  const text =
    'YAML config, with the reference’s keys; those in configs/pretrain, evaluation, finetune and detection come along';
  if (required) command.requiredOption('--config <file>', text);
  else command.option('--config <file>', text);
  return addSetOption(command);
}

/** Adds `--set`, which collects overrides in `options.set` (undefined when there are none). */
export function addSetOption(command: Command): Command {
  return command.option(
    '--set <key=value>',
    "override one key, for example optimization.lr=1e-4 or 'sweep.lr=[1e-3,3e-4]'; may be repeated",
    (value: string, all: Override[] = []) => [...all, parseOverride(value)],
  );
}
