import { requireChoice } from '../require-setting.js';
import { option } from '../sentence.js';

/** What becomes of a run that is in the folder already. */
export type ExistingRun = 'refuse' | 'resume' | 'overwrite';

/** @throws InputError when it is none of the three, so that a run is overwritten by nothing but `overwrite` */
export function requireExistingRun(existing: ExistingRun): void {
  requireChoice('existing', existing, ['refuse', 'resume', 'overwrite']);
}

/** How to go on with a run, for messages. */
export const RESUME = option("existing: 'resume'");

/** How to start a run again, for messages. */
export const OVERWRITE = option("existing: 'overwrite'");

/** What names the folder of a pretraining, for messages. */
export const FOLDER = option('folder');

/** What names the folder of an evaluation or a fine-tuning, for messages. */
export const OUTPUT = option('output');
