import { removeOldCheckpoints, removePartialCheckpoints, saveCheckpoint } from './checkpoint-store.js';

// A process that does nothing but save checkpoints, to be killed: node checkpoint-writer.js FOLDER FIRST_STEP ELEMENTS

/** The state the writer saves at a step, which a reader can check. */
export function writtenState(step: number, elements: number) {
  const data = new Float32Array(elements).fill(step);
  return { 'encoder.weight': { shape: [elements], data }, 'encoder.bias': { shape: [1], data: Float32Array.of(step) } };
}

const [folder, first, elements] = process.argv.slice(2);
if (folder !== undefined && process.argv[1]?.includes('checkpoint-writer')) {
  removePartialCheckpoints(folder);
  for (let step = Number(first); ; step++) {
    const state = writtenState(step, Number(elements));
    process.stdout.write(`${step}\n`);
    await saveCheckpoint(folder, { step, state, run: { step } });
    removeOldCheckpoints(folder, { keep: 2, keepEvery: null });
  }
}
