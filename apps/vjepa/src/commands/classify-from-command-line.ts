import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readClassNames } from '@vjepa/benchmarks';
import {
  classify,
  type EvaluationOutcome,
  type InputKind,
  inputFiles,
  likeliestClasses,
  loadEncoder,
} from '@vjepa/evaluation';
import { InputError } from '@vjepa/training';
import type { ClipLoaderOptions } from '@vjepa/video';
import { definedFields } from '@vjepa/vit';
import { type ModelSource, pretrainedModel, runKind } from '../checkpoint/pretrained-model.js';
import { CommandError } from '../command-error.js';
import { evaluationPlan } from '../config/evaluation-plan.js';
import { loadEvaluationConfig } from '../config/load-config.js';
import { createTaskProgress } from '../display/task-progress.js';
import { type EngineOptions, openEngine, type Precision } from '../engine/engine.js';
import type { ProbeOptions } from './probe-options.js';

export interface ClassifyCommandOptions extends EngineOptions, ProbeOptions, ModelSource {
  probe?: string;
  probeHeads?: number;
  input: string[];
  kind?: InputKind;
  classes?: string;
  top: number;
  output?: string;
  frames?: number;
  frameStep?: number;
  clips?: number;
  views?: number;
  precision: Precision;
  decoder: NonNullable<ClipLoaderOptions['decoder']>;
  workers: number;
  json?: boolean;
}

/** Runs `vjepa classify`: what a trained probe says of videos or pictures. */
export async function classifyFromCommandLine(options: ClassifyCommandOptions): Promise<void> {
  const { as, head, output, decoder, workers, frames, frameStep, clips: segments, views } = options;
  const own = options.probe === undefined ? undefined : ownEvaluation(options.probe);
  const model = await pretrainedModel({ ...options, numHeads: options.numHeads ?? own?.encoder.numHeads });
  const probe = options.probe ?? model.checkpoint;
  const { kind, files } = await inputFiles(options.input, options);
  const expected = own?.encoder ?? options.model ?? model.encoder;
  const { key } = model;
  const { encoder, parameters, notes } = await loadEncoder(model.checkpoint, expected, {
    key,
    numHeads: options.numHeads,
  });
  for (const note of [model.description, ...notes]) process.stderr.write(`note: ${note}\n`);
  const { answers, classes, leftOut, unreached } = await classify({
    ...{ encoder, parameters, probe, files, kind, as, head, output, decoder, workers },
    engine: () => openEngine({ ...options, bfloat16Setting: '--precision bfloat16' }),
    layers: options.layers ?? own?.layers,
    numHeads: options.probeHeads ?? own?.numHeads,
    classNames: options.classes === undefined ? own?.classNames : await readClassNames(options.classes),
    clips: {
      ...(frameStep ? {} : own?.spacing),
      ...own?.clips,
      ...definedFields({ frames, frameStep, segments, views }),
    },
    begin: createTaskProgress,
  }).catch((error: unknown) => {
    if (!(error instanceof InputError) || error.code !== 'no-probe' || options.probe !== undefined) throw error;
    throw new CommandError(`${error.message}: --probe FILE`, { cause: error });
  });
  const likeliest = answers.map(({ file, probabilities }) => {
    return { file: file.name, classes: likeliestClasses(probabilities, classes, options.top) };
  });
  if (options.json) process.stdout.write(`${JSON.stringify({ files: likeliest, left_out: leftOut })}\n`);
  else for (const { file, classes } of likeliest) process.stdout.write([file, ...classes.map(line), ''].join('\n'));
  for (const { reason } of leftOut) process.stderr.write(`left out: ${reason}\n`);
  if (unreached === 0) return;
  throw new CommandError(`${unreached} of ${files.length} files could not be reached or took too long, twice`);
}

function line({ name, probability }: { name: string; probability: number }): string {
  return `${(100 * probability).toFixed(1).padStart(6)} %  ${name}`;
}

/** How a probe that `vjepa evaluate` trained was made and asked; undefined of any other. */
function ownEvaluation(probe: string) {
  const folder = dirname(probe);
  if (runKind(folder) !== 'evaluation') return undefined;
  const { encoder, layers, ...plan } = evaluationPlan(loadEvaluationConfig(join(folder, 'config.yaml')).config);
  const { segments, views, attendAcrossSegments, clip } = plan.recipes.validation;
  const { frameStep, duration, clipRate } = clip;
  return {
    ...{
      encoder,
      layers,
      spacing: { frameStep, duration, clipRate },
      clips: { segments, views, attendAcrossSegments },
    },
    numHeads: plan.probe.kind === 'attentive' ? plan.probe.numHeads : undefined,
    classNames: namesIn(join(folder, 'results.json')),
  };
}

/** Names of the classes in an evaluation's results, where it has ended and they have some. */
function namesIn(results: string): string[] | undefined {
  if (!existsSync(results)) return undefined;
  const { trainings } = JSON.parse(readFileSync(results, 'utf8')) as EvaluationOutcome;
  const measured = trainings.flatMap(({ probes }) => probes.flatMap(({ validation }) => validation ?? []));
  const names = measured[0]?.perClass.map(({ name }) => name);
  return names?.some((name, label) => name !== String(label)) ? names : undefined;
}
