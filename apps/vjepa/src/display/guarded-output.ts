import { printable } from '@vjepa/training/printable';

type Write = NodeJS.WriteStream['write'];

/** A guarded stream's own `write`, by the `write` that guards it. */
const originals = new WeakMap<Write, Write>();

/**
 * Makes whatever is written to the streams as text {@link printable}, whoever writes it. Only
 * {@link terminalOf} still moves a cursor.
 *
 * @returns puts the streams back as they were
 */
export function guardOutput(streams: readonly NodeJS.WriteStream[] = [process.stdout, process.stderr]): () => void {
  const undo = streams.map((stream) => {
    const original = stream.write;
    const guarded = function (this: NodeJS.WriteStream, chunk: unknown, ...rest: unknown[]) {
      return Reflect.apply(original, this, [typeof chunk === 'string' ? printable(chunk) : chunk, ...rest]);
    } as Write;
    originals.set(guarded, original);
    stream.write = guarded;
    return () => {
      stream.write = original;
    };
  });
  return () => {
    for (const restore of undo) restore();
  };
}

/**
 * The terminal behind a stream, guarded or not, for those who draw on it; what they draw of others' words is theirs to
 * make {@link printable}.
 */
export function terminalOf(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  const write = ((...args: unknown[]) => Reflect.apply(unguarded(stream.write), stream, args)) as Write;
  return Object.create(stream, { write: { value: write } }) as NodeJS.WriteStream;
}

/** A command that runs another one guards twice. */
function unguarded(write: Write): Write {
  const original = originals.get(write);
  return original === undefined ? write : unguarded(original);
}
