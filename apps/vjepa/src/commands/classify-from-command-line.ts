import { dirname, join } from 'node:path';
import { readClassNames } from '@vjepa/benchmarks';
import { classify, inputFiles, likeliestClasses, loadEncoder, measuredClassNames } from '@vjepa/evaluation';
import { definedFields } from '@vjepa/vit';
import { pretrainedModel, runKind } from '../checkpoint/pretrained-model.js';
import { evaluationPlan } from '../config/evaluation-plan.js';
import { loadEvaluationConfig } from '../config/load-config.js';
import { createTaskProgress } from '../display/task-progress.js';
import { openEngine } from '../engine/engine.js';
import type { FeaturesCommandOptions } from './features-from-command-line.js';
import type { ProbeOptions } from './probe-options.js';
import { requireReached } from './require-reached.js';

export interface ClassifyCommandOptions
  extends ProbeOptions,
    Omit<FeaturesCommandOptions, 'output' | 'clips' | 'views' | 'layers' | 'pool'> {
  probe?: string;
  probeHeads?: number;
  classes?: string;
  top: number;
  output?: string;
  clips?: number;
  views?: number;
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
  });
  const likeliest = answers.map(({ file, probabilities }) => {
    return { file: file.name, classes: likeliestClasses(probabilities, classes, options.top) };
  });
  if (options.json) process.stdout.write(`${JSON.stringify({ files: likeliest, left_out: leftOut })}\n`);
  else for (const { file, classes } of likeliest) process.stdout.write([file, ...classes.map(line), ''].join('\n'));
  for (const { reason } of leftOut) process.stderr.write(`left out: ${reason}\n`);
  requireReached(unreached, files.length);
}

function line({ name, probability }: { name: string; probability: number }): string {
  return `${(100 * probability).toFixed(1).padStart(6)} %  ${name}`;
}

/** How a probe that `vjepa evaluate` trained was made and asked; undefined of any other. */
function ownEvaluation(probe: string) {
  const folder = dirname(probe);
  if (runKind(folder) !== 'evaluation') return undefined;
  const {
    encoder,
    layers = [encoder.depth],
    ...plan
  } = evaluationPlan(loadEvaluationConfig(join(folder, 'config.yaml')).config);
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
    classNames: measuredClassNames(join(folder, 'results.json')),
  };
}
