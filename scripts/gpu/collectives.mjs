import { protobufFields, repeatedNumbers } from './protobuf-fields.mjs';

/** HloModuleProto.schedule, its sequences, and the instructions of one. */
const [SCHEDULE, SEQUENCES, INSTRUCTION_IDS] = [7, 1, 1];

const EXCHANGES = ['all-reduce', 'all-gather', 'reduce-scatter', 'all-to-all', 'collective-permute'];

/**
 * What devices exchange in an entry of instructions: how often, how many MB a device is given, and how many of the exchanges
 * have kernels between their start and their end, which run beside them.
 *
 * @param instructions of the entry, as `describeModule` reads them
 * @param computations all, by id
 */
export function collectivesOf(module, { entry, instructions, computations, isKernel }) {
  const byId = new Map(instructions.map((each) => [each.id, each]));
  const order = (sequenceOf(module, entry) ?? instructions.map(({ id }) => id)).map((id) => byId.get(id));
  const found = {};
  for (const [at, each] of order.entries()) {
    const kind = kindOf(each, computations);
    if (kind === undefined) continue;
    const end = order.findIndex(({ operands, opcode }) => opcode.endsWith('-done') && operands.includes(each.id));
    const beside = end === -1 ? [] : order.slice(at + 1, end);
    found[kind] ??= { count: 0, MB: 0, beside_kernels: 0 };
    const counts = found[kind];
    counts.count++;
    counts.MB += givenBytes(each, kind, byId) / 1e6;
    if (beside.some((other) => isKernel(other) && kindOf(other, computations) === undefined)) counts.beside_kernels++;
  }
  for (const counts of Object.values(found)) counts.MB = Math.round(counts.MB * 10) / 10;
  return found;
}

/** Of an instruction that begins an exchange, or is one whole. */
function kindOf({ opcode, called }, computations) {
  if (opcode === 'async-start') {
    return EXCHANGES.find((kind) => called.some((id) => computations.get(id)?.some((each) => each.opcode === kind)));
  }
  return EXCHANGES.find((kind) => opcode === kind || opcode === `${kind}-start`);
}

/** What all of its operands hold; of a gathering, which makes more of it, what comes out. */
function givenBytes({ operands, bytes }, kind, byId) {
  const given = operands.reduce((sum, id) => sum + (byId.get(id)?.bytes ?? 0), 0);
  return kind === 'all-gather' ? Math.max(bytes - given, given) : given;
}

/** The order in which a computation's instructions are started. */
function sequenceOf(module, computation) {
  for (const { number, value } of protobufFields(module)) {
    if (number !== SCHEDULE) continue;
    for (const entry of protobufFields(value)) {
      if (entry.number !== SEQUENCES) continue;
      const fields = [...protobufFields(entry.value)];
      if (fields.find(({ number }) => number === 1)?.value !== computation) continue;
      const sequence = fields.find(({ number }) => number === 2).value;
      return [...protobufFields(sequence)]
        .filter((field) => field.number === INSTRUCTION_IDS)
        .flatMap(({ value }) => repeatedNumbers(value));
    }
  }
  return undefined;
}
