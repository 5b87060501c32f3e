import { Command, Option } from 'commander';

/** `vjepa runtime`: the libraries that steps run on. */
export function runtimeCommand(): Command {
  return new Command('runtime')
    .description('the libraries that training runs on')
    .addCommand(
      new Command('install')
        .description('fetch TensorFlow, or a plug-in of XLA, into the user cache (nothing is done when it is there)')
        .option('--cuda', 'TensorFlow with what NVIDIA GPUs need')
        .addOption(
          new Option(
            '--xla [kind]',
            "XLA's plug-in instead, for CUDA 12 or 13, ROCm 7 (default: by the driver) or, slowly, CPUs",
          )
            .choices(['cuda13', 'cuda12', 'rocm', 'cpu'])
            .conflicts('cuda'),
        )
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
