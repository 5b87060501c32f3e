import { join } from 'node:path';
import { isFirstHost } from '@vjepa/engine';
import { checkpointPath, describeModel, type ExistingRun, listCheckpoints, summarizeModel } from '@vjepa/training';
import { pretrainingConfigFile } from '../checkpoint/pretrained-model.js';
import { CommandError } from '../command-error.js';
import { type LoadedConfig, loadPretrainingConfig } from '../config/load-config.js';
import type { Override } from '../config/override.js';
import type { PretrainingConfig } from '../config/pretraining-config.js';
import { planOf } from '../config/pretraining-plan.js';
import { nextCommands } from '../display/next-commands.js';
import type { EngineOptions } from '../engine/engine.js';
import { withHosts } from '../hosts/with-hosts.js';
import { invocation } from '../invocation.js';
import { existingRun, startedAgain } from './existing-run.js';

export interface PretrainCommandOptions extends EngineOptions {
  config?: string;
  set?: Override[];
  from?: string;
  run?: string;
  resume?: boolean;
  overwrite?: boolean;
  dryRun?: boolean;
  json?: boolean;
}

/** Runs `vjepa pretrain`; resolves to the exit code, that of a signal when one stopped the run. */
export async function pretrainFromCommandLine(options: PretrainCommandOptions): Promise<number> {
  const { config, notes } = readConfig(options);
  if (options.dryRun) {
    dryRun(config, notes, options.json === true);
    return 0;
  }
  const [{ runPretraining }, { terminalObserver }] = await Promise.all([
    import('./run-pretraining.js'),
    import('../display/terminal-observer.js'),
  ]);
  const { observer, print } = terminalObserver();
  const run = options.run ?? config.logging.folder;
  const checkpoints = join(run, 'checkpoints');
  const newest = () => {
    const [step] = listCheckpoints(checkpoints);
    return step === undefined
      ? 'No checkpoint was saved'
      : `The newest checkpoint is ${checkpointPath(checkpoints, step)}`;
  };
  const existing = startedAgain(run, listCheckpoints(checkpoints).length > 0) ?? existingOf(options, config);
  const { exitCode, folder, video, isFirst } = await withHosts(newest, async (hosts) => ({
    isFirst: isFirstHost(hosts),
    ...(await runPretraining({ config, notes, run, existing, engine: options, observers: [observer], print, hosts })),
  }));
  if (!isFirst) return exitCode;
  const said =
    exitCode === 0
      ? nextCommands(folder.path, 'pretraining', video)
      : [`go on with: ${invocation({ with: ['--resume'], without: ['--overwrite'] })}`];
  for (const line of said) process.stderr.write(`${line}\n`);
  return exitCode;
}

/** The config named, or, to resume, that of the run. */
function readConfig({
  config,
  run,
  resume,
  from,
  set: given = [],
}: PretrainCommandOptions): LoadedConfig<PretrainingConfig> {
  const set = from === undefined ? given : [...given, { path: ['meta', 'from'], value: from }];
  if (config !== undefined) return loadPretrainingConfig(config, set);
  if (resume && run !== undefined) return loadPretrainingConfig(pretrainingConfigFile(run), set);
  throw new CommandError('--config FILE is needed (or, to continue a run with its own config, --resume --run FOLDER)');
}

/** `meta.load_checkpoint` resumes, as in the reference, unless a checkpoint is named to begin a new run with. */
function existingOf(options: PretrainCommandOptions, { meta }: PretrainingConfig): ExistingRun {
  const wish = meta.load_checkpoint && meta.read_checkpoint === null ? 'resume' : 'refuse';
  return existingRun(options) ?? wish;
}

/** Builds nothing: checks the config's model and masks and says what they are. */
function dryRun(config: PretrainingConfig, notes: readonly string[], json: boolean): void {
  const plan = planOf(config);
  const summary = summarizeModel(plan.settings.model, plan);
  const [masks, ...ofOthers] = [plan, ...plan.others].map(({ masksAt }) =>
    masksAt(0).map(({ context, target }) => ({ context_tokens: context.shape[1], target_tokens: target.shape[1] })),
  );
  if (json) {
    const { model, grid, tokens, encoder, predictor } = summary;
    const sizes = {
      model,
      encoder_parameters: summary.encoderParameters,
      predictor_parameters: summary.predictorParameters,
      tokens,
      token_grid: [grid.depth, grid.height, grid.width],
      state_bytes: summary.stateBytes,
      encoder,
      predictor,
    };
    process.stdout.write(`${JSON.stringify({ ...sizes, masks, config, notes }, null, 2)}\n`);
    return;
  }
  for (const note of notes) process.stderr.write(`note: ${note}\n`);
  const lines = describeModel(summary);
  const says = (name: string, of: typeof masks = []) => {
    for (const [i, mask] of of.entries()) {
      lines.push(
        `mask ${i}     step 0: ${mask.context_tokens} context and ${mask.target_tokens} target tokens ${name}`,
      );
    }
  };
  says('a clip', masks);
  for (const [index, { batchSize, frames, side }] of plan.others.entries()) {
    const what = frames === 1 ? 'images' : `clips of ${frames} frames`;
    lines.push(`others     ${batchSize} ${what} of ${side} x ${side}`);
    says(frames === 1 ? 'an image' : 'such a clip', ofOthers[index]);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}
