import type { CApi, OutputOfOperation, Pointer } from '../c-api.js';
import { encodeOutputs, type GraphBuilder } from './graph-builder.js';

export interface Feed {
  output: OutputOfOperation;
  /** A TF_Tensor, which stays the caller's. */
  tensor: Pointer;
}

/** A TensorFlow session on a graph that may still grow. Runs happen on threads of their own, one at a time. */
export class Session {
  readonly #api: CApi;
  readonly #session: Pointer;
  #queue: Promise<unknown> = Promise.resolve();
  readonly #beside = new Set<Promise<unknown>>();
  /** Memory of runs under way. */
  readonly #underWay = new Set<readonly BigUint64Array[]>();
  #closed = false;
  readonly #runsWith: <T>(run: () => Promise<T>) => Promise<T>;

  /**
   * @param target the server that it is of; undefined: this process by itself
   * @param runsWith what each run is wrapped in. Default: nothing
   */
  constructor(
    api: CApi,
    builder: GraphBuilder,
    config: Uint8Array,
    target: string | undefined,
    runsWith: <T>(run: () => Promise<T>) => Promise<T> = (run) => run(),
  ) {
    this.#api = api;
    this.#runsWith = runsWith;
    const status = api.TF_NewStatus();
    const options = api.TF_NewSessionOptions();
    try {
      api.TF_SetConfig(options, config, config.length, status);
      api.check(status, 'session configuration');
      if (target !== undefined) api.TF_SetTarget(options, target);
      this.#session = api.TF_NewSession(builder.graph, options, status);
      api.check(status, 'creating a session');
    } finally {
      api.TF_DeleteSessionOptions(options);
      api.TF_DeleteStatus(status);
    }
  }

  /**
   * Runs `fetches` and `targets`; the TF_Tensors that come back are the caller's to delete.
   *
   * @param onMetadata gets what TensorFlow noted about the run, a serialized `RunMetadata`; without it nothing is noted
   */
  run(
    feeds: readonly Feed[],
    fetches: readonly OutputOfOperation[],
    targets: readonly Pointer[],
    onMetadata?: (metadata: Uint8Array) => void,
  ): Promise<Pointer[]> {
    return this.exclusively(() => this.#runsWith(() => this.#run(feeds, fetches, targets, onMetadata)));
  }

  /** Runs `targets` at once, beside what is under way: operations that touch no state. */
  async beside(feeds: readonly Feed[], targets: readonly Pointer[]): Promise<void> {
    this.#requireOpen();
    const run = this.#run(feeds, [], targets, undefined);
    this.#beside.add(run);
    await run.finally(() => this.#beside.delete(run));
  }

  /** Runs `during` when everything asked for before is done. */
  exclusively<T>(during: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(() => {
      this.#requireOpen();
      return during();
    });
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** Closes the session after the runs under way. Its variables are freed. */
  close(): Promise<void> {
    const api = this.#api;
    const closed = this.exclusively(async () => {
      this.#closed = true;
      await Promise.allSettled(this.#beside);
      const status = api.TF_NewStatus();
      api.TF_CloseSession(this.#session, status);
      api.TF_DeleteSession(this.#session, status);
      api.TF_DeleteStatus(status);
    });
    return closed;
  }

  #requireOpen(): void {
    if (this.#closed) throw new Error('the compiled function was disposed');
  }

  async #run(
    feeds: readonly Feed[],
    fetches: readonly OutputOfOperation[],
    targets: readonly Pointer[],
    onMetadata: ((metadata: Uint8Array) => void) | undefined,
  ): Promise<Pointer[]> {
    const api = this.#api;
    const status = api.TF_NewStatus();
    const options = onMetadata ? api.TF_NewBufferFromString(TRACE_OPTIONS, TRACE_OPTIONS.length) : null;
    const metadata = onMetadata ? api.TF_NewBuffer() : null;
    // Typed arrays of more than 64 bytes live outside V8's heap, so their addresses hold while the thread runs.
    const inputs = pinned(encodeOutputs(feeds.map(({ output }) => output)));
    const values = pinned(BigUint64Array.from(feeds, ({ tensor }) => BigInt(tensor)));
    const outputs = pinned(encodeOutputs(fetches));
    const results = pinned(new BigUint64Array(fetches.length));
    const operations = pinned(BigUint64Array.from(targets, BigInt));
    // The thread reads and writes them; optimised code would let go of those that it does not need any more.
    const underWay = [inputs, values, outputs, results, operations];
    this.#underWay.add(underWay);
    try {
      await new Promise<void>((resolve, reject) => {
        api.TF_SessionRun.async(
          this.#session,
          options,
          inputs,
          values,
          feeds.length,
          outputs,
          results,
          fetches.length,
          operations,
          targets.length,
          metadata,
          status,
          (error) => (error ? reject(error) : resolve()),
        );
      });
      api.check(status);
      if (metadata) onMetadata?.(api.bufferBytes(metadata));
      return Array.from(results.subarray(0, fetches.length));
    } finally {
      this.#underWay.delete(underWay);
      for (const buffer of [options, metadata]) if (buffer) api.TF_DeleteBuffer(buffer);
      api.TF_DeleteStatus(status);
    }
  }
}

/** `RunOptions` with trace_level = SOFTWARE_TRACE. */
const TRACE_OPTIONS = Uint8Array.of(8, 1);

/** The same elements in memory that no garbage collection moves. */
function pinned(array: BigUint64Array): BigUint64Array {
  const copy = new BigUint64Array(new ArrayBuffer(Math.max(128, array.byteLength)));
  copy.set(array);
  return copy;
}
