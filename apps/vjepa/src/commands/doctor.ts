import { Command } from 'commander';
import { addConfigOptions } from './config-options.js';

/** `vjepa doctor`: will a run work on this machine? */
export function doctorCommand(): Command {
  return addConfigOptions(new Command('doctor'), { required: false })
    .description('check Node, engine, device, decoders, disk and, with --config, whether that run will work here')
    .option('--run <folder>', 'the run folder that disk space is wanted in')
    .option('--json', 'print the findings as JSON')
    .action(async (options) => {
      const { doctor } = await import('../doctor/doctor.js');
      await doctor(options);
    });
}
