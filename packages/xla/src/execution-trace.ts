/** An event of a trace: something that took time (`X`), or the name of a process (`M`). Times in microseconds. */
export interface TraceEvent {
  ph: 'X' | 'M';
  name: string;
  pid: number;
  tid: number;
  ts?: number;
  dur?: number;
  args?: Record<string, string>;
}

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

/** A trace of what was measured, of one process. Times count from the first. */
export function traceOf(process: string, spans: readonly Span[]): ExecutionTrace {
  const [first] = spans;
  const traceEvents: TraceEvent[] = [
    { ph: 'M', name: 'process_name', pid: 0, tid: 0, args: { name: process } },
    ...spans.map(({ name, begun, ended }): TraceEvent => {
      return { ph: 'X', name, pid: 0, tid: 0, ts: 1e3 * (begun - first!.begun), dur: 1e3 * (ended - begun) };
    }),
  ];
  return { displayTimeUnit: 'ns', traceEvents };
}
