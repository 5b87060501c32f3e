import type { ByteCursor } from './byte-cursor.js';
import { CheckpointError } from './checkpoint-error.js';
import { PickleMachine, type PickleVocabulary } from './pickle-machine.js';
import { pickleOperations, refusedOperations } from './pickle-operations.js';
import { PickleProblem } from './pickle-problem.js';

const STOP = 0x2e;

/**
 * Builds the value that a pickle describes. A pickle is a program; this machine runs only those of its operations that
 * assemble plain data, and lets names stand only for what the vocabulary lists. No code of the file's choosing runs.
 *
 * @param path the file that holds the pickle, for messages
 * @param cursor where it starts; afterwards, where it has ended
 * @throws CheckpointError for a damaged pickle, for every name not on the list and for every other operation
 */
export function readPickle(path: string, cursor: ByteCursor, vocabulary: PickleVocabulary): unknown {
  const machine = new PickleMachine(cursor, vocabulary);
  let position = 0;
  try {
    for (;;) {
      position = cursor.position;
      const opcode = cursor.uint8();
      if (opcode === STOP) break;
      const operation = pickleOperations.get(opcode);
      if (!operation) throw unknownOperation(opcode);
      machine.spend(1);
      operation(machine);
    }
    return machine.pop();
  } catch (error) {
    if (!(error instanceof PickleProblem || error instanceof RangeError)) throw error;
    const problem = `its pickle is refused at byte ${position}: ${error.message}`;
    const remedy = error instanceof PickleProblem ? error.remedy : undefined;
    throw new CheckpointError(path, problem, remedy ?? 'the file is damaged: copy or download it again', {
      cause: error,
    });
  }
}

function unknownOperation(opcode: number): PickleProblem {
  const refused = refusedOperations.get(opcode);
  const hex = `0x${opcode.toString(16).padStart(2, '0')}`;
  if (refused === undefined) return new PickleProblem(`opcode ${hex} does not exist in protocols 2 to 5`);
  return new PickleProblem(
    `it builds ${refused} (opcode ${hex}), which no checkpoint of tensors needs`,
    'save the tensors alone: torch.save(model.state_dict(), …)',
  );
}
