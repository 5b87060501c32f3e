import { BenchmarkError } from './benchmark-error.js';

/** The two names a pickled NumPy array of objects refers to; nothing is ever called, they are only recognised. */
const ARRAY_NAMES = new Set(['_reconstruct', 'ndarray', 'dtype']);

/** A value of no interest (a number, a type, a dictionary); only strings in lists are. */
const OTHER = Symbol('other');
const MARK = Symbol('mark');
type Value = string | Value[] | typeof OTHER | typeof MARK;

/**
 * Reads the strings of a pickled one-dimensional NumPy array of Python strings, protocols 2 to 5. The reader keeps
 * strings, lists and tuples and recognises the array's own type names. It never calls or builds anything else, so a
 * hostile pickle ends in an error.
 *
 * @throws BenchmarkError for any other content
 */
export function unpickleStrings(path: string, bytes: Buffer): string[] {
  const reader = new PickleReader(path, bytes);
  reader.run();
  const strings = reader.lists.find((list) => list.length > 0) ?? [];
  return strings.map((value, place) => {
    if (typeof value !== 'string') throw new BenchmarkError(path, `item ${place} is not a string; expected paths`);
    return value;
  });
}

class PickleReader {
  readonly lists: Value[][] = [];
  readonly #stack: Value[] = [];
  readonly #memo = new Map<number, Value>();
  #at = 0;

  constructor(
    readonly path: string,
    readonly bytes: Buffer,
  ) {}

  run(): void {
    try {
      while (this.#step());
    } catch (error) {
      if (error instanceof BenchmarkError) throw error;
      throw new BenchmarkError(this.path, 'the pickled array is cut off or damaged; write it again with numpy.save');
    }
  }

  /** One instruction; false at the end. Opcodes as documented in Python's pickletools. */
  #step(): boolean {
    const opcode = String.fromCharCode(this.bytes.readUInt8(this.#at++));
    switch (opcode) {
      case '.':
        return false;
      case '\x80': // PROTO
        this.#at += 1;
        break;
      case '\x95': // FRAME
        this.#at += 8;
        break;
      case 'X': // BINUNICODE
        this.#push(this.#text(this.#take(4)));
        break;
      case '\x8c': // SHORT_BINUNICODE
        this.#push(this.#text(this.#take(1)));
        break;
      case 'U': // SHORT_BINSTRING
      case 'C': // SHORT_BINBYTES
        this.#at += this.#take(1);
        this.#push(OTHER);
        break;
      case 'B': // BINBYTES
        this.#at += this.#take(4);
        this.#push(OTHER);
        break;
      case 'J': // BININT
        this.#take(4);
        this.#push(OTHER);
        break;
      case 'K': // BININT1
        this.#take(1);
        this.#push(OTHER);
        break;
      case 'M': // BININT2
        this.#take(2);
        this.#push(OTHER);
        break;
      case '\x88': // NEWTRUE
      case '\x89': // NEWFALSE
      case 'N': // NONE
        this.#push(OTHER);
        break;
      case 'c': // GLOBAL
        this.#line();
        this.#typeName(this.#line());
        break;
      case '\x93': // STACK_GLOBAL
        this.#typeName(String(this.#stack.splice(-2)[1]));
        break;
      case '(':
        this.#push(MARK);
        break;
      case ']':
        this.#push(this.#list());
        break;
      case '}': // EMPTY_DICT
      case ')': // EMPTY_TUPLE
        this.#push(OTHER);
        break;
      case 'a': // APPEND
        this.#append(this.#stack.splice(-1));
        break;
      case 'e': // APPENDS
        this.#append(this.#untilMark());
        break;
      case 't': // TUPLE
        this.#untilMark();
        this.#push(OTHER);
        break;
      case 'u': // SETITEMS
        this.#untilMark();
        break;
      case '\x85': // TUPLE1
      case '\x86': // TUPLE2
      case '\x87': // TUPLE3
        this.#stack.splice(-(opcode.charCodeAt(0) - 0x84));
        this.#push(OTHER);
        break;
      case 'R': // REDUCE: of an array or its type, by the names let through
        this.#stack.splice(-2);
        this.#push(OTHER);
        break;
      case 'b': // BUILD: fills the array in; its items were kept when their list was read
        this.#stack.pop();
        break;
      case 'q': // BINPUT
        this.#memo.set(this.#take(1), this.#stack.at(-1)!);
        break;
      case 'r': // LONG_BINPUT
        this.#memo.set(this.#take(4), this.#stack.at(-1)!);
        break;
      case '\x94': // MEMOIZE
        this.#memo.set(this.#memo.size, this.#stack.at(-1)!);
        break;
      case 'h': // BINGET
        this.#push(this.#memo.get(this.#take(1))!);
        break;
      case 'j': // LONG_BINGET
        this.#push(this.#memo.get(this.#take(4))!);
        break;
      default:
        throw new BenchmarkError(
          this.path,
          `the pickled array uses instruction 0x${opcode.charCodeAt(0).toString(16)}, which an array of strings never ` +
            "needs; save the paths as fixed-width strings (numpy.save(file, paths.astype('U'))) or as a .csv",
        );
    }
    return true;
  }

  #push(value: Value): void {
    this.#stack.push(value);
  }

  #list(): Value[] {
    const list: Value[] = [];
    this.lists.push(list);
    return list;
  }

  #append(values: Value[]): void {
    const list = this.#stack.at(-1) as Value[];
    for (const value of values) list.push(value);
  }

  #untilMark(): Value[] {
    const mark = this.#stack.lastIndexOf(MARK);
    // Without this, a pickle of marks that were never set would search the whole stack each time.
    if (mark < 0) throw new RangeError('no mark');
    return this.#stack.splice(mark).slice(1);
  }

  #typeName(name: string): void {
    if (!ARRAY_NAMES.has(name)) {
      throw new BenchmarkError(this.path, `the pickle refers to '${name}'; only an array of strings is read`);
    }
    this.#push(OTHER);
  }

  /** A little-endian unsigned number of 1, 2 or 4 bytes. */
  #take(width: number): number {
    const value = this.bytes.readUIntLE(this.#at, width);
    this.#at += width;
    return value;
  }

  #text(length: number): string {
    if (this.#at + length > this.bytes.length) throw new RangeError('end of file');
    this.#at += length;
    return this.bytes.toString('utf8', this.#at - length, this.#at);
  }

  #line(): string {
    const end = this.bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw new RangeError('end of file');
    const text = this.bytes.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return text;
  }
}
