/** What a step is fed, as @vjepa/engine has it: a tree of tensors in memory and numbers. */
type Inputs = object;

/** A step bound to its state. */
type Runner = (inputs: Inputs) => Promise<unknown>;

/**
 * An engine whose runners stage inputs as one on a GPU does: what a call gets is a copy made when it was staged. Inputs that
 * were altered before their call are an error, as lent memory must stay as it is.
 *
 * @param events gets `staged` when inputs are, `begun` and `done` for each call, `discarded`
 */
export function stagingEngine<E extends { bind: (...bound: never) => unknown }>(engine: E, events: string[] = []): E {
  const bind = (...bound: never) => {
    const run = engine.bind(...bound) as Runner;
    const call = async (given: Inputs | Staged) => {
      events.push('begun');
      const outputs = await run(given instanceof Staged ? given.take() : given);
      events.push('done');
      return outputs;
    };
    const stage = (inputs: Inputs) => {
      events.push('staged');
      return new Staged(inputs, () => events.push('discarded'));
    };
    return Object.assign(call, run, { stage });
  };
  return { ...engine, bind };
}

/** One call may take them; who has them, or has discarded them, has them no more. */
class Staged {
  readonly #given: Inputs;
  readonly #discarded: () => void;
  #copy: Inputs | undefined;

  constructor(given: Inputs, discarded: () => void) {
    this.#given = given;
    this.#copy = structuredClone(given);
    this.#discarded = discarded;
  }

  take(): Inputs {
    const copy = this.#copy;
    if (copy === undefined) throw new Error('these staged inputs were used before');
    requireSame('', copy, this.#given);
    this.#copy = undefined;
    return copy;
  }

  discard(): void {
    if (this.#copy !== undefined) this.#discarded();
    this.#copy = undefined;
  }
}

function requireSame(path: string, copy: unknown, now: unknown): void {
  if (ArrayBuffer.isView(copy)) {
    const [elements, others] = [copy, now] as unknown as [ArrayLike<unknown>, ArrayLike<unknown>];
    for (let i = 0; i < elements.length; i++) {
      if (elements[i] !== others[i]) throw new Error(`input '${path}' was altered after it was staged`);
    }
  } else if (typeof copy === 'object' && copy !== null) {
    for (const [name, part] of Object.entries(copy)) {
      const below = name === 'data' ? path : path === '' ? name : `${path}.${name}`;
      requireSame(below, part, (now as Record<string, unknown>)[name]);
    }
  }
}
