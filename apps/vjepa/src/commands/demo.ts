import { Command } from 'commander';
import { addSetOption } from './config-options.js';
import { addEngineOptions } from './engine-options.js';

/** `vjepa demo`: the whole story in minutes. */
export function demoCommand(): Command {
  const command = new Command('demo')
    .description('generate videos, pretrain on them, probe the frozen features: minutes on any machine')
    .option('--folder <folder>', 'where videos and runs go', 'runs');
  return addEngineOptions(addSetOption(command)).action(async (options) => {
    const { demo } = await import('../demo/demo.js');
    await demo(options);
  });
}
