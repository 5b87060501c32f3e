import type { EngineError, EngineSetting } from '@vjepa/engine';
import { CommandError } from '../command-error.js';

/** The options of the command line, where they are not called what the engine calls them. */
const FLAGS: Partial<Record<EngineSetting, string>> = {
  fusedAttention: 'fused-attention',
  shardState: 'shard-state',
  tensorFloat32: 'tf32',
};

/**
 * What is wrong with an engine, in the command line's words.
 *
 * @param batchKey what sets the size of a batch in the config
 */
export function engineProblem(error: EngineError, batchKey = 'the batch size'): CommandError {
  return new CommandError(messageOf(error, batchKey), { cause: error.cause });
}

function messageOf(error: EngineError, batchKey: string): string {
  const { code, setting, found, other, batchSize } = error;
  const reason = withCommands(error.reason, error.cause);
  const flag = flagOf(setting, found);
  if (code === 'conflict' && other !== undefined) {
    if (setting === 'device') return `${flag}: the ${other.found} backend ${reason}`;
    return `${flag}: ${flagOf(other.setting, other.found)} ${reason}; leave out one of the two`;
  }
  if (code === 'uneven-batch') {
    const inParts = / in \d+ parts$/.exec(error.reason)?.[0] ?? '';
    const of = `${batchKey} is ${batchSize}, which ${found} devices cannot share equally${inParts}`;
    return `--devices: ${of}; ${error.remedy}`;
  }
  if (setting === 'fusedAttention' || setting === 'shardState') return `${flag} ${reason}`;
  return setting === 'backend' ? `${flag}: ${reason}` : `${flag}: ${reason}; vjepa doctor says what to do`;
}

/** What libraries call a function for is a command here: `vjepa runtime install --xla cpu`. */
function withCommands(reason: string, cause: unknown): string {
  const { recommended } = (cause ?? {}) as { recommended?: string };
  return reason
    .replace(/installPlugin\(.*?\)/, `vjepa runtime install --xla${recommended === undefined ? '' : ` ${recommended}`}`)
    .replace('installTensorFlow()', 'vjepa runtime install');
}

/** As it would be typed: `--devices 0,7`, `--eager`. */
function flagOf(setting: EngineSetting, found: unknown): string {
  const flag = `--${FLAGS[setting] ?? setting}`;
  return found === true ? flag : `${flag} ${found}`;
}
