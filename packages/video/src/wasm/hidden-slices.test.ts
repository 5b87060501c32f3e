import { expect, it } from 'vitest';
import { parsePackets } from '../packet-list.js';
import { dispensableSlices, withHiddenSlices } from './hidden-slices.js';
import { memoryFile } from './virtual-files.js';

/** A unit with its 4-byte length in front. */
const unit = (header: number, bytes = 3) => [0, 0, 0, bytes + 1, header, ...Array(bytes).fill(9)];
const KEY = 0x65;
const REFERENCE = 0x41;
const DISPENSABLE = 0x01;
const INFO = 0x06;

// Decoding order: key frame at time 0, P at 3, B at 1 and 2, P at 5 (two slices), B at 4 whose second slice is referred to.
const packets = [
  { time: 0, units: [unit(INFO), unit(KEY)] },
  { time: 3, units: [unit(REFERENCE)] },
  { time: 1, units: [unit(INFO), unit(DISPENSABLE)] },
  { time: 2, units: [unit(DISPENSABLE), unit(DISPENSABLE)] },
  { time: 5, units: [unit(REFERENCE), unit(REFERENCE)] },
  { time: 4, units: [unit(DISPENSABLE), unit(REFERENCE)] },
];
let position = 10;
const lines: string[] = [];
const bytes: number[] = Array(position).fill(0);
for (const { time, units } of packets) {
  const size = units.flat().length;
  lines.push(`${time},${size},${position},__`);
  bytes.push(...units.flat());
  position += size;
}
const file = memoryFile(Uint8Array.from(bytes));
const layout = parsePackets(lines.join('\n')).layout;
const start = (i: number) => layout.positions[i]!;

it('slices of unwanted pictures that nothing refers to can be left out', () => {
  expect([...dispensableSlices(file, layout, new Set([5]), 0)]).toEqual([
    start(2) + 8 + 4,
    start(3) + 4,
    start(3) + 8 + 4,
  ]);
});

it('wanted pictures, and what comes after the last wanted one, stay', () => {
  expect([...dispensableSlices(file, layout, new Set([1, 2]), 0)]).toEqual([]);
  expect([...dispensableSlices(file, layout, new Set([2]), 0)]).toEqual([start(2) + 12]);
  expect([...dispensableSlices(file, layout, new Set([3]), 0)]).toEqual([]);
});

it('reads show filler data at the hidden places only, however the file is cut into reads', () => {
  const hidden = withHiddenSlices(file, dispensableSlices(file, layout, new Set([5]), 0));
  for (const step of [1, 7, 1000]) {
    const seen = new Uint8Array(bytes.length);
    for (let at = 0; at < bytes.length; at += step) hidden.read(seen, at, Math.min(step, bytes.length - at), at);
    const changed = [...seen.keys()].filter((i) => seen[i] !== bytes[i]);
    expect(changed).toEqual([start(2) + 12, start(3) + 4, start(3) + 12]);
    for (const i of changed) expect(seen[i]).toBe(0x0c);
  }
});

it('packets that are not rows of units are left alone', () => {
  const garbled = Uint8Array.from(bytes);
  garbled[start(3) + 3] = 200;
  expect([...dispensableSlices(memoryFile(garbled), layout, new Set([5]), 0)]).toEqual([start(2) + 12]);
  expect(parsePackets('0,10,N/A,K_\n1,10,20,__').layout.times).toHaveLength(0);
});
