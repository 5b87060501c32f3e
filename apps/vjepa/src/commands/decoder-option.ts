import { Option } from 'commander';

/** `--decoder`, as every command that reads videos has it. */
export function decoderOption(): Option {
  return new Option('--decoder <name>', 'how videos are decoded; nvdec: the GPU, where it can')
    .choices(['auto', 'wasm', 'native', 'cli', 'nvdec'])
    .default('auto');
}
