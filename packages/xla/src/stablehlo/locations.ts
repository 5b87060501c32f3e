import { type Node, type Origin, userLine } from '@vjepa/trace';

/** Where operations come from, each place written once: XLA names its kernels after them, and profiles show them. */
export class Locations {
  /** Lines that say what the names stand for, for the end of a program. */
  readonly definitions: string[] = [];
  readonly #places = new WeakMap<Origin, string>();
  readonly #names = new Map<string, string>();

  /** What stands behind an operation, or nothing where the line is not known. */
  of({ op, origin }: Node): string {
    let place = this.#places.get(origin);
    if (place === undefined) {
      place = placeText(origin);
      this.#places.set(origin, place);
    }
    if (place === '') return '';
    const text = `loc(${JSON.stringify(op)}(${place}))`;
    let name = this.#names.get(text);
    if (name === undefined) {
      name = `#loc${this.#names.size}`;
      this.#names.set(text, name);
      this.definitions.push(`${name} = ${text}`);
    }
    return `loc(${name})`;
  }
}

/** `"file":line:column`. */
function placeText(origin: Origin): string {
  if (origin.stack === undefined) return '';
  const [, file, line, column] = /^(.*):(\d+):(\d+)$/.exec(userLine(origin)) ?? [];
  return file === undefined ? '' : `${JSON.stringify(file)}:${line}:${column}`;
}
