import { Command } from 'commander';

/** `vjepa runtime`: the TensorFlow library that steps run on. */
export function runtimeCommand(): Command {
  return new Command('runtime')
    .description('the TensorFlow library that training runs on')
    .addCommand(
      new Command('install')
        .description('fetch TensorFlow into the user cache (nothing is done when it is there)')
        .option('--cuda', 'with what NVIDIA GPUs need')
        .action(async (options) => {
          const { installRuntime } = await import('../runtime/install-runtime.js');
          await installRuntime(options);
        }),
    )
    .addCommand(
      new Command('path')
        .description('print where the library is, or fail when there is none')
        .option('--json', 'print JSON')
        .action(async (options) => {
          const { printRuntimePath } = await import('../runtime/print-runtime-path.js');
          await printRuntimePath(options);
        }),
    );
}
