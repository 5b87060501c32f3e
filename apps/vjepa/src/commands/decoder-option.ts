import { Option } from 'commander';

/** `--decoder`, as every command that reads videos has it; under another name where there are decoders of another kind. */
export function decoderOption(name = '--decoder'): Option {
  return new Option(`${name} <name>`, 'how videos are decoded; nvdec: the GPU, where it can')
    .choices(['auto', 'wasm', 'native', 'cli', 'nvdec'])
    .default('auto');
}
