import { Command } from 'commander';
import { addConfigOptions } from './config-options.js';
import { addEngineOptions } from './engine-options.js';

/** `vjepa doctor`: will a run work on this machine? */
export function doctorCommand(): Command {
  const command = addConfigOptions(new Command('doctor'), { required: false })
    .description(
      'check Node, engine, device, decoders, disk and, with --config, whether that run will work here: index, a sample ' +
        'of its videos, memory, disk, and whether the loader feeds the training step',
    )
    .option('--run <folder>', 'the run folder that disk space is wanted in')
    .option('--no-speed', 'with --config: do not time the loader and the training step')
    .option('--hosts <hosts>', 'look at several machines together: their number here, or names, as of launch')
    .option('--json', 'print the findings as JSON');
  return addEngineOptions(command).action(async (options) => {
    if (options.hosts !== undefined) {
      const { doctorOfHosts } = await import('../doctor/doctor-of-hosts.js');
      process.exitCode = await doctorOfHosts(options.hosts);
      return;
    }
    const { doctor } = await import('../doctor/doctor.js');
    await doctor(options);
  });
}
