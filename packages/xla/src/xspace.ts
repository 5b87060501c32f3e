import { ProtobufMessage } from '@vjepa/native';
import type { TraceEvent } from './trace-event.js';

/** `XSpace`, `XPlane`, `XLine`, `XEvent`, `XEventMetadata` of xplane.proto: their fields used here. */
const PLANES = 1;
const NAME = 2;
const LINES = 3;
const EVENT_METADATA = 4;
const TIMESTAMP_NS = 3;
const EVENTS = 4;
const DISPLAY_NAME = 11;
const METADATA_ID = 1;
const OFFSET_PS = 2;
const DURATION_PS = 3;
const EVENT_DISPLAY_NAME = 4;
/** Of an entry of a map. */
const VALUE = 2;
const ID = 1;

/**
 * What XLA's profiler saw, as events of Chrome's trace: a process for each of its planes (the host's threads, a device), a
 * thread for each line of one.
 *
 * @param space an `XSpace`, serialised
 * @param from where times begin, in microseconds of the epoch
 * @param firstProcess the number of the first process
 */
export function eventsOfSpace(space: Uint8Array, from: number, firstProcess: number): TraceEvent[] {
  const planes = messageOf(space)
    .messages(PLANES)
    .filter((plane) => plane.messages(LINES).length > 0);
  return planes.flatMap((plane, i) => eventsOfPlane(plane, from, firstProcess + i));
}

/** Some plug-ins give one byte more than the message has. */
function messageOf(space: Uint8Array): ProtobufMessage {
  try {
    return new ProtobufMessage(space);
  } catch (error) {
    if (space.at(-1) !== 0) throw error;
    return new ProtobufMessage(space.subarray(0, -1));
  }
}

function eventsOfPlane(plane: ProtobufMessage, from: number, pid: number): TraceEvent[] {
  const names = new Map<number, string>();
  for (const entry of plane.messages(EVENT_METADATA)) {
    const [metadata] = entry.messages(VALUE);
    if (metadata !== undefined)
      names.set(metadata.number(ID), metadata.text(EVENT_DISPLAY_NAME) || metadata.text(NAME));
  }
  const named = (what: 'process_name' | 'thread_name', tid: number, name: string): TraceEvent => {
    return { ph: 'M', name: what, pid, tid, args: { name } };
  };
  const lines = plane.messages(LINES).flatMap((line, tid) => {
    const begun = line.number(TIMESTAMP_NS) / 1e3 - from;
    const events = line.messages(EVENTS).map((event): TraceEvent => {
      const ts = begun + event.number(OFFSET_PS) / 1e6;
      const name = names.get(event.number(METADATA_ID)) ?? '';
      return { ph: 'X', name, pid, tid, ts, dur: event.number(DURATION_PS) / 1e6 };
    });
    return [named('thread_name', tid, line.text(DISPLAY_NAME) || line.text(NAME)), ...events];
  });
  return [named('process_name', 0, plane.text(NAME)), ...lines];
}
