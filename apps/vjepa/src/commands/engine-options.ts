import { type Command, InvalidArgumentError, Option } from 'commander';

/**
 * Adds `--backend`, `--device` and `--eager` as every command that computes has them.
 *
 * @param options.large whether what it computes is for GPUs: adds `--devices`, `--shard-state`, `--fused-attention` and `--no-fused-attention`
 */
export function addEngineOptions(command: Command, { large = false } = {}): Command {
  command
    .addOption(
      new Option('--backend <name>', 'what to compute with; default: TensorFlow where it is found, else wasm').choices([
        'tensorflow',
        'xla',
        'wasm',
      ]),
    )
    .addOption(
      new Option('--device <kind>', 'cpu or gpu, nothing else; default: a GPU where one can be used').choices([
        'cpu',
        'gpu',
      ]),
    );
  if (large) {
    const text =
      'GPUs that share each batch: all, or their numbers, as 0,1 or 0-7; default: the first that can be used';
    command.addOption(new Option('--devices <list>', text).argParser(deviceList));
    command.option('--shard-state', 'with --backend xla: each of the devices keeps a part of the state');
    addFusedAttention(command);
  }
  return command.option('--eager', 'run steps operation by operation instead of compiled');
}

/** Adds `--fused-attention` and `--no-fused-attention`. */
export function addFusedAttention(command: Command): Command {
  return command
    .option('--fused-attention', "attention through cuDNN's fused kernels, or an error: on GPUs, in bfloat16")
    .option(
      '--no-fused-attention',
      'attention of ordinary products; default: --backend xla chooses by device and shape',
    );
}

/** Of a range that is not a slip. */
const MOST_DEVICES = 1024;

/** `all`, or numbers and ranges of them with commas between them. */
function deviceList(text: string): 'all' | number[] {
  if (text === 'all') return text;
  const numbers = text.split(',').flatMap((part) => {
    const [, first, last = first] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ?? [];
    const count = Number(last) - Number(first) + 1;
    return count > 0 && count <= MOST_DEVICES
      ? Array.from({ length: count }, (_, i) => Number(first) + i)
      : [Number.NaN];
  });
  if (numbers.some(Number.isNaN) || new Set(numbers).size < numbers.length) {
    throw new InvalidArgumentError('expected all, or the numbers of different GPUs, as 0,1.');
  }
  return numbers;
}
