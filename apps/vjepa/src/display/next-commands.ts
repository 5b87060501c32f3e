import { join } from 'node:path';
import { shellCommand } from '../invocation.js';

/** What can be done with a run that has ended, one command a line, each to be copied as it stands. */
export function nextCommands(run: string, kind: 'pretraining' | 'fine-tuning', video?: string): string[] {
  // A member of an archive cannot be named on its own.
  const input = video === undefined || /#tar:|^[a-z]+:\/\//i.test(video) ? 'VIDEO.mp4' : video;
  const commands = {
    pretraining: [
      ['report', run],
      ['visualize', 'features', '--run', run, '--video', input, '--output', join(run, 'features.gif')],
      ['features', '--run', run, '--input', input, '--output', join(run, 'features.safetensors')],
      ['evaluate', '--run', run, '--train', 'TRAIN.csv', '--val', 'VAL.csv'],
    ],
    'fine-tuning': [
      ['features', '--run', run, '--input', input, '--output', join(run, 'features.safetensors')],
      ['evaluate', '--run', run, '--train', 'TRAIN.csv', '--val', 'VAL.csv'],
    ],
  };
  return ['next:', ...commands[kind].map((args) => `  ${shellCommand(args)}`)];
}
