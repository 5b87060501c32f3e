import { collectivesOf } from './collectives.mjs';
import { messageField, protobufFields, repeatedNumbers } from './protobuf-fields.mjs';

/** Operations of a computation that start no kernel. */
const NO_KERNEL = new Set([
  ...['parameter', 'constant', 'tuple', 'get-tuple-element', 'bitcast', 'after-all', 'opt-barrier'],
  ...['async-done', 'copy-done', 'all-reduce-done', 'all-gather-done', 'collective-permute-done'],
]);

/**
 * What an HloModuleProto consists of: its instructions, and those of them that are products and calls of cuDNN's
 * attention; the instructions of its entry that start a kernel, and what those of them read and write, in bytes, that
 * are neither. An operand is counted whole, also by who takes a part of it. Of several devices also what they exchange.
 */
export function describeModule(module) {
  const counts = { instructions: 0, products: 0, cudnn: 0, kernels: 0, otherBytes: 0 };
  const computations = computationsOf(module);
  const multiplying = new Set();
  for (const { id, instructions } of computations) {
    for (const each of instructions) {
      counts.instructions++;
      if (isProduct(each)) {
        counts.products++;
        multiplying.add(id);
      }
      if (isAttention(each)) counts.cudnn++;
    }
  }
  const entry = messageField(module, ENTRY);
  const { instructions } = computations.find(({ id }) => id === entry);
  const sizes = new Map(instructions.map(({ id, bytes }) => [id, bytes]));
  for (const each of instructions) {
    if (NO_KERNEL.has(each.opcode)) continue;
    counts.kernels++;
    if (isProduct(each) || isAttention(each) || each.called.some((id) => multiplying.has(id))) continue;
    counts.otherBytes += each.operands.reduce((sum, operand) => sum + sizes.get(operand), each.bytes);
  }
  const isKernel = ({ opcode }) => !NO_KERNEL.has(opcode);
  const all = new Map(computations.map(({ id, instructions }) => [id, instructions]));
  const collectives = collectivesOf(module, { entry, instructions, computations: all, isKernel });
  return Object.keys(collectives).length === 0 ? counts : { ...counts, collectives };
}

const isProduct = ({ opcode, target }) => opcode === 'dot' || /^__cublas/.test(target);

const isAttention = ({ target }) => /^__cudnn\$fmha/.test(target);

/** HloModuleProto.entry_computation_id. */
const ENTRY = 6;

function computationsOf(module) {
  const computations = [];
  for (const { number, value } of protobufFields(module)) {
    if (number !== 3) continue;
    const instructions = [];
    for (const field of protobufFields(value)) if (field.number === 2) instructions.push(instruction(field.value));
    computations.push({ id: messageField(value, 5), instructions });
  }
  return computations;
}

/** Of an HloInstructionProto. */
function instruction(message) {
  const found = { opcode: '', target: '', id: 0, operands: [], called: [], bytes: 0 };
  for (const { number, value } of protobufFields(message)) {
    if (number === 2) found.opcode = value.toString();
    if (number === 3) found.bytes = bytesOf(value);
    if (number === 28) found.target = value.toString();
    if (number === 35) found.id = value;
    if (number === 36) found.operands.push(...repeatedNumbers(value));
    if (number === 38) found.called.push(...repeatedNumbers(value));
  }
  return found;
}

/** Bytes of one element by PrimitiveType: pred, s8 to s64, u8 to u64, f16 to f64, bf16. */
const ELEMENT_BYTES = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 2, 8: 4, 9: 8, 10: 2, 11: 4, 12: 8, 16: 2 };

/** Of a ShapeProto, with all that a tuple has. */
function bytesOf(shape) {
  let [element, elements, tuple] = [0, 1, 0];
  for (const { number, value } of protobufFields(shape)) {
    if (number === 2) element = value;
    if (number === 3) for (const size of repeatedNumbers(value)) elements *= size;
    if (number === 4) tuple += bytesOf(value);
  }
  return tuple + (ELEMENT_BYTES[element] ?? 0) * elements;
}
