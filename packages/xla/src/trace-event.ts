/** An event of a trace: something that took time (`X`), or the name of a process or thread (`M`). Times in microseconds. */
export interface TraceEvent {
  ph: 'X' | 'M';
  name: string;
  pid: number;
  tid: number;
  ts?: number;
  dur?: number;
  args?: Record<string, string>;
}
