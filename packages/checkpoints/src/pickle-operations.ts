import { isPickleGlobal, type PickleMachine } from './pickle-machine.js';
import { PickleProblem } from './pickle-problem.js';
import { Tuple } from './tuple.js';

type Operation = (machine: PickleMachine) => void;

/** Integers longer than this are no count, size or seed. */
const MAX_INTEGER_BYTES = 255;

/**
 * The operations that Python's pickler emits in protocols 2 to 5 for None, booleans, numbers, strings, bytes, lists,
 * tuples, dicts, sets, names, calls and persistent ids, by opcode. Frozen sets, instances, extension codes and
 * out-of-band buffers are left out: no checkpoint needs them.
 */
export const pickleOperations: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  [0x80, checkProtocol],
  [0x95, (m) => void m.cursor.uint64()], // FRAME: a hint on buffering
  [code('('), (m) => m.mark()],
  [code('0'), (m) => void m.pop()],
  [code('1'), (m) => void m.popToMark()],

  [code('N'), (m) => m.push(null)],
  [0x88, (m) => m.push(true)],
  [0x89, (m) => m.push(false)],
  [code('J'), (m) => m.push(m.cursor.int32())],
  [code('K'), (m) => m.push(m.cursor.uint8())],
  [code('M'), (m) => m.push(m.cursor.uint16())],
  [0x8a, (m) => m.push(readInteger(m, m.cursor.uint8()))],
  [0x8b, (m) => m.push(readInteger(m, m.cursor.uint32()))],
  [code('G'), (m) => m.push(m.cursor.float64BigEndian())],

  [code('X'), (m) => m.push(m.cursor.text(m.cursor.uint32()))],
  [0x8c, (m) => m.push(m.cursor.text(m.cursor.uint8()))],
  [0x8d, (m) => m.push(m.cursor.text(m.cursor.uint64()))],
  // Strings of Python 2.
  [code('T'), (m) => m.push(m.cursor.text(m.cursor.uint32(), 'latin1'))],
  [code('U'), (m) => m.push(m.cursor.text(m.cursor.uint8(), 'latin1'))],

  [code('B'), (m) => m.push(readBytes(m, m.cursor.uint32()))],
  [code('C'), (m) => m.push(readBytes(m, m.cursor.uint8()))],
  [0x8e, (m) => m.push(readBytes(m, m.cursor.uint64()))],
  [0x96, (m) => m.push(readBytes(m, m.cursor.uint64()))], // a bytearray

  [code(']'), (m) => m.push([])],
  [code('l'), (m) => m.push(m.popToMark())],
  [code('a'), (m) => appendTo(m, [m.pop()])],
  [code('e'), (m) => appendTo(m, m.popToMark())],
  [code(')'), (m) => m.push(new Tuple())],
  [0x85, (m) => pushTuple(m, 1)],
  [0x86, (m) => pushTuple(m, 2)],
  [0x87, (m) => pushTuple(m, 3)],
  [code('t'), (m) => m.push(Tuple.from(m.popToMark()))],
  [code('}'), (m) => m.push(new Map())],
  [code('d'), (m) => pushDict(m)],
  [code('s'), (m) => setItems(m, popValues(m, 2))],
  [code('u'), (m) => setItems(m, m.popToMark())],
  [0x8f, (m) => m.push(new Set())],
  [0x90, (m) => addItems(m, m.popToMark())],

  [code('q'), (m) => m.memoize(m.cursor.uint8())],
  [code('r'), (m) => m.memoize(m.cursor.uint32())],
  [0x94, (m) => m.memoize(m.memo.size)],
  [code('h'), (m) => m.recall(m.cursor.uint8())],
  [code('j'), (m) => m.recall(m.cursor.uint32())],

  [code('c'), (m) => m.push(m.vocabulary.findGlobal(m.cursor.line(), m.cursor.line()))],
  [0x93, findStackGlobal],
  [code('R'), reduce],
  [0x81, reduce], // NEWOBJ: the class's own constructor, with a tuple of arguments
  [code('b'), build],
  [code('Q'), (m) => m.push(m.vocabulary.loadPersistent(m.pop()))],
]);

/** What the left-out operations are for, so that a refusal can say it. */
export const refusedOperations: ReadonlyMap<number, string> = new Map([
  [0x91, 'a frozenset'],
  [code('i'), 'an instance of a class'],
  [code('o'), 'an instance of a class'],
  [0x92, 'an instance of a class with keyword arguments'],
  [0x82, 'an extension code'],
  [0x83, 'an extension code'],
  [0x84, 'an extension code'],
  [0x97, 'an out-of-band buffer'],
  [0x98, 'an out-of-band buffer'],
]);

function code(character: string): number {
  return character.charCodeAt(0);
}

function checkProtocol({ cursor }: PickleMachine): void {
  const protocol = cursor.uint8();
  if (protocol < 2 || protocol > 5) throw new PickleProblem(`its protocol is ${protocol}, expected 2 to 5`);
}

/** A little-endian integer in two's complement: a number where it fits, else a bigint. */
function readInteger({ cursor }: PickleMachine, length: number): number | bigint {
  if (length > MAX_INTEGER_BYTES)
    throw new PickleProblem(`an integer of ${length} bytes, expected up to ${MAX_INTEGER_BYTES}`);
  let value = 0n;
  for (const byte of cursor.take(length).slice().reverse()) value = (value << 8n) | BigInt(byte);
  const signed = BigInt.asIntN(8 * length, value);
  return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
}

function popValues(machine: PickleMachine, count: number): unknown[] {
  const values = Array.from({ length: count }, () => machine.pop());
  return values.reverse();
}

function pushTuple(machine: PickleMachine, length: number): void {
  machine.push(Tuple.from(popValues(machine, length)));
}

function appendTo(machine: PickleMachine, values: unknown[]): void {
  const list = machine.top();
  if (!Array.isArray(list) || list instanceof Tuple) throw new PickleProblem('an operation appends to what is no list');
  for (const value of values) list.push(value);
}

function pushDict(machine: PickleMachine): void {
  const items = machine.popToMark();
  machine.push(new Map());
  setItems(machine, items);
}

function setItems(machine: PickleMachine, items: unknown[]): void {
  const dict = machine.top();
  if (!(dict instanceof Map)) throw new PickleProblem('an operation sets items of what is no dict');
  if (items.length % 2 !== 0) throw new PickleProblem('a dict item has a key and no value');
  for (let i = 0; i < items.length; i += 2) {
    dict.set(machine.key(items[i]), items[i + 1]);
  }
}

function addItems(machine: PickleMachine, items: unknown[]): void {
  const set = machine.top();
  if (!(set instanceof Set)) throw new PickleProblem('an operation adds elements to what is no set');
  for (const item of items) set.add(machine.key(item));
}

/** A copy, which does not keep the whole pickle in memory. */
function readBytes({ cursor }: PickleMachine, length: number): Uint8Array {
  return cursor.take(length).slice();
}

function findStackGlobal(machine: PickleMachine): void {
  const [module, name] = popValues(machine, 2);
  if (typeof module !== 'string' || typeof name !== 'string') throw new PickleProblem('a name is not text');
  machine.push(machine.vocabulary.findGlobal(module, name));
}

function reduce(machine: PickleMachine): void {
  const [callable, args] = popValues(machine, 2);
  if (!isPickleGlobal(callable)) throw new PickleProblem('it calls something that is not a name');
  if (!callable.call) throw new PickleProblem(`it calls ${callable.globalName}, which can only be an argument here`);
  if (!(args instanceof Tuple)) throw new PickleProblem(`it calls ${callable.globalName} without a tuple of arguments`);
  for (const arg of args) machine.spend(lengthOf(arg));
  machine.push(callable.call(args, machine.keys));
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value) || value instanceof Uint8Array) return value.length;
  return value instanceof Map || value instanceof Set ? value.size : 0;
}

/** Attributes of an OrderedDict (a state dict's `_metadata`) hold versions of module classes; nobody needs them. */
function build(machine: PickleMachine): void {
  const state = machine.pop();
  if (!(machine.top() instanceof Map) || !(state instanceof Map || state === null)) {
    throw new PickleProblem('it sets the state of something other than an OrderedDict');
  }
}
