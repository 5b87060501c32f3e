import { protobufFields } from './protobuf-fields.mjs';

/** How many instructions an HloModuleProto has, and how many of them are products and calls of cuDNN's attention. */
export function countInstructions(module) {
  const counts = { instructions: 0, products: 0, cudnn: 0 };
  for (const { number, value: computation } of protobufFields(module)) {
    if (number !== 3) continue; // computations
    for (const { number, value: instruction } of protobufFields(computation)) {
      if (number !== 2) continue; // instructions
      counts.instructions++;
      const { opcode, target } = describe(instruction);
      if (opcode === 'dot' || /^__cublas/.test(target)) counts.products++;
      if (/^__cudnn\$fmha/.test(target)) counts.cudnn++;
    }
  }
  return counts;
}

function describe(instruction) {
  const found = { opcode: '', target: '' };
  for (const { number, value } of protobufFields(instruction)) {
    if (number === 2) found.opcode = value.toString();
    if (number === 28) found.target = value.toString();
  }
  return found;
}
