import { Option } from 'commander';

/** `--precision`, of commands that compute features. */
export function precisionOption(): Option {
  return new Option('--precision <type>', 'of matrix products, where the engine has a choice')
    .choices(['float32', 'bfloat16'])
    .default('float32');
}
