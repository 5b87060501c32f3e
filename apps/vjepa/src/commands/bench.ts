import { Command, InvalidArgumentError, Option } from 'commander';
import { ENCODER_NAMES } from '../config/model-names.js';
import { decoderOption } from './decoder-option.js';
import { addEngineOptions, addFusedAttention } from './engine-options.js';
import { wholeNumber } from './option-values.js';

/** `vjepa bench`: timings, as lines or as JSON. */
export function benchCommand(): Command {
  return new Command('bench')
    .description('time the training step or the loader')
    .addCommand(benchStepCommand())
    .addCommand(benchLoaderCommand());
}

function benchStepCommand(): Command {
  return addFusedAttention(addEngineOptions(new Command('step')))
    .description('time the whole pretraining step on random clips')
    .addOption(new Option('--model <name>', 'encoder').choices(ENCODER_NAMES).default('vit_small'))
    .option('--crop <pixels>', 'side of the clip', wholeNumber(1), 112)
    .option('--frames <n>', 'frames of the clip', wholeNumber(2), 16)
    .option('--batch <n>', 'clips a step', wholeNumber(1), 2)
    .option('--context <n,n>', 'context tokens of each mask', tokenCounts, [96, 24])
    .option('--target <n,n>', 'target tokens of each mask', tokenCounts, [190, 280])
    .option('--pred-dim <n>', "the predictor's width", wholeNumber(1), 384)
    .option('--pred-depth <n>', "the predictor's blocks", wholeNumber(1), 12)
    .addOption(new Option('--dtype <name>', 'products').choices(['float32', 'bfloat16']).default('float32'))
    .addOption(
      new Option('--recompute <what>', 'what the backward pass computes again instead of keeping it')
        .choices(['none', 'elementwise', 'block'])
        .default('none'),
    )
    .option('--tf32', 'let a GPU round the operands of float32 products to TF32')
    .option('--vary', 'other mask lengths in every step, between half of those given and all', false)
    .option('--steps <n>', 'steps that are timed', wholeNumber(1), 6)
    .option('--warmup <n>', 'steps before those, after the first', wholeNumber(0), 2)
    .option('--profile [file]', 'watch one more step: what its operations took; of XLA as a trace (step.trace.json)')
    .option('--json', 'print one JSON line')
    .action(async ({ tf32, ...options }) => {
      const { benchStep, benchStepJson, describeBenchStep } = await import('../bench/bench-step.js');
      const result = await benchStep({ ...options, tensorFloat32: tf32 });
      process.stdout.write(`${options.json ? benchStepJson(result) : describeBenchStep(result).join('\n')}\n`);
    });
}

function benchLoaderCommand(): Command {
  return new Command('loader')
    .description('time the loader: random windows and crops of the videos of an index, as in pretraining')
    .requiredOption('--index <path>', 'list of videos (one line "path label" each), folder, glob or tar shards')
    .option('--clips <n>', 'clips that are timed', wholeNumber(1), 64)
    .option('--warmup <n>', 'clips before those', wholeNumber(0), 8)
    .option('--workers <n>', 'decode threads', wholeNumber(1), 2)
    .option('--batch <n>', 'clips a batch', wholeNumber(1), 8)
    .addOption(decoderOption())
    .option('--frames <n>', 'frames of a clip', wholeNumber(1), 16)
    .option('--frame-step <n>', 'step between them', wholeNumber(1), 4)
    .option('--crop <pixels>', 'side of a clip', wholeNumber(1), 224)
    .option('--no-cache', 'demux every file anew instead of keeping packet indexes')
    .option('--json', 'print one JSON line')
    .action(async ({ json, ...options }) => {
      const { benchLoader, benchLoaderJson, describeBenchLoader } = await import('../bench/bench-loader.js');
      const result = await benchLoader(options);
      process.stdout.write(`${json ? benchLoaderJson(result) : describeBenchLoader(result).join('\n')}\n`);
    });
}

function tokenCounts(text: string): number[] {
  return text.split(',').map((part) => {
    const value = Number(part);
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new InvalidArgumentError('expected token counts separated by commas, such as 96,24.');
    }
    return value;
  });
}
