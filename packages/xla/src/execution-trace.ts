import type { TraceEvent } from './trace-event.js';
import { eventsOfSpace } from './xspace.js';

/** Chrome's trace format, which Perfetto (ui.perfetto.dev) and chrome://tracing open once it is written as JSON. */
export interface ExecutionTrace {
  displayTimeUnit: 'ns';
  traceEvents: TraceEvent[];
}

/** Something that took time, in milliseconds of `performance.now()`. */
export interface Span {
  name: string;
  begun: number;
  ended: number;
}

/**
 * A trace of what was measured, of one process, and of what XLA saw meanwhile. Times count from the first.
 *
 * @param space of XLA's profiler, an `XSpace`
 */
export function traceOf(process: string, spans: readonly Span[], space?: Uint8Array): ExecutionTrace {
  const [first] = spans;
  const traceEvents: TraceEvent[] = [
    { ph: 'M', name: 'process_name', pid: 0, tid: 0, args: { name: process } },
    ...spans.map(({ name, begun, ended }): TraceEvent => {
      return { ph: 'X', name, pid: 0, tid: 0, ts: 1e3 * (begun - first!.begun), dur: 1e3 * (ended - begun) };
    }),
    ...(space && first ? eventsOfSpace(space, 1e3 * (performance.timeOrigin + first.begun), 1) : []),
  ];
  return { displayTimeUnit: 'ns', traceEvents };
}
