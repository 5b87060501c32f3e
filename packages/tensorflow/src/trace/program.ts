import type { Expression, Node } from '@vjepa/trace';
import type { OutputOfOperation, Pointer } from '../c-api.js';

/** A traced function as operations of a TensorFlow graph: what to feed, what to fetch and what to run. */
export interface Program {
  feeds: Map<string, OutputOfOperation>;
  /** Numbers computed on the host from the dynamic lengths, fed as scalars. */
  lengthFeeds: { expression: Expression; dtype: number; output: OutputOfOperation }[];
  fetches: Map<string, OutputOfOperation>;
  /** Operations that assign the new state. */
  updates: Pointer[];
  /** What each operation of the graph stands for, by its name there. */
  nodes: Map<string, Node>;
  /** Where there is one, feeds go onto the device by it, and a run is told only which of those there it takes. */
  staging?: StagingArea;
}

/** A place on the device for inputs of runs to come. */
export interface StagingArea {
  /** Which inputs are meant: an int64 scalar to feed. */
  key: OutputOfOperation;
  /** Puts what is fed there. */
  put: Pointer;
  /** Takes it away. */
  take: Pointer;
}
