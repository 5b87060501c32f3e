import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  describeResults,
  fullExperiment,
  measureResults,
  type PretrainedForResults,
  type ResultsSettings,
  smokeExperiment,
  WorkClock,
  withSection,
} from '@vjepa/evaluation';
import { lockFolder, makeFolder, writeFileAtomically } from '@vjepa/training';
import { CommandError } from '../command-error.js';
import { runPretraining } from '../commands/run-pretraining.js';
import { CONFIG_FILE } from '../config/config-record.js';
import { checked } from '../config/load-config.js';
import { type PretrainingConfig, pretrainingConfig } from '../config/pretraining-config.js';
import { planOf } from '../config/pretraining-plan.js';
import { demoConfigTree } from '../demo/demo-config.js';
import { type EngineOptions, openEngine } from '../engine/engine.js';

export interface ResultsOptions extends EngineOptions {
  output: string;
  folder: string;
  smoke?: boolean;
  seeds?: number;
  pretrainSteps?: number;
}

/**
 * The generated benchmark from beginning to end: videos, pretraining, frozen probes, fine-tuning, and a table in a
 * document. Everything is kept in the folder: what was stopped goes on where it was.
 */
export async function results(options: ResultsOptions): Promise<void> {
  const sizes = options.smoke ? smokeExperiment : fullExperiment;
  const { seeds = sizes.seeds, pretrainSteps = sizes.pretrainSteps } = options;
  const settings = { ...sizes, seeds, pretrainSteps };
  makeFolder(options.folder, 'choose another with --folder');
  using _lock = await lockFolder(options.folder, {
    purpose: 'a benchmark',
    say: (line) => process.stderr.write(`${line}\n`),
  });
  claimFolder(options.folder, settings);
  const clock = new WorkClock(join(options.folder, 'time.json'));
  const say = (line: string) => {
    clock.save();
    process.stderr.write(`${clock.minutes().toFixed(1).padStart(5)} min  ${line}\n`);
  };
  try {
    const { cells, classes } = await measureResults({
      folder: options.folder,
      settings,
      engine: () => openEngine({ ...options, precision: 'float32' }),
      pretrain: (index, run, seed) =>
        pretrained(resultsPretraining(settings, index, run, seed), run, options, (line) =>
          say(`pretraining, seed ${seed}: ${line}`),
        ),
      say,
    });
    const engine = await openEngine(options);
    const section = describeResults({
      settings,
      cells: cells.filter(({ seed }) => seed < settings.seeds),
      classes,
      engine: engine.description.replace(/^engine: /, ''),
      minutes: clock.minutes(),
      othersShare: clock.othersShare(),
      command: `vjepa results${options.smoke ? ' --smoke' : ''}`,
    });
    makeFolder(dirname(options.output), 'choose another with --output');
    const document = existsSync(options.output) ? readFileSync(options.output, 'utf8') : '';
    writeFileAtomically(options.output, withSection(document, section));
    process.stdout.write(`${section}\nwritten to ${options.output}\n`);
  } finally {
    clock.save();
  }
}

/** The demo's small V-JEPA: 8 frames of 32 x 32, patches of 8, tubelets of 2 (64 tokens); trained for longer. */
function resultsPretraining(settings: ResultsSettings, index: string, run: string, seed: number): PretrainingConfig {
  const epochs = 10;
  const ipe = Math.max(1, Math.round(settings.pretrainSteps / epochs));
  const logging = { console_every: 100, tensorboard: false, statistics: false, images_every: null };
  const tree = {
    ...demoConfigTree,
    data: { ...demoConfigTree.data, datasets: [index] },
    logging: { ...demoConfigTree.logging, ...logging, folder: run },
    checkpoints: { reference: true, every: Math.max(1, Math.round(settings.pretrainSteps / 4)) },
    meta: { ...demoConfigTree.meta, seed },
    optimization: { ...demoConfigTree.optimization, ipe, epochs },
  };
  return checked(pretrainingConfig, 'results', tree).config;
}

/** Pretrains with a seed, or goes on with it. */
async function pretrained(
  config: PretrainingConfig,
  run: string,
  engine: EngineOptions,
  print: (line: string) => void,
): Promise<PretrainedForResults> {
  const existing = existsSync(join(run, CONFIG_FILE)) ? 'resume' : 'refuse';
  const { exitCode } = await runPretraining({ config, run, existing, engine, print });
  if (exitCode !== 0) throw new CommandError('stopped; the same command goes on', { exitCode });
  const { encoder, settings } = planOf(config);
  return { encoder, checkpoint: join(run, 'jepa-latest.pth.tar'), frameStep: settings.clips.frameStep };
}

/** Refuses a folder with an experiment of other sizes, whose numbers would be mixed in. More seeds may be added. */
function claimFolder(folder: string, { seeds: _, ...sizes }: ResultsSettings): void {
  const path = join(folder, 'settings.json');
  const text = `${JSON.stringify(sizes, null, 2)}\n`;
  if (existsSync(path) && readFileSync(path, 'utf8') !== text) {
    throw new CommandError(
      `${folder}: holds an experiment of other sizes (settings.json); choose another with --folder`,
    );
  }
  writeFileAtomically(path, text);
}
