import type { SharingHosts } from './engine.js';
import type { HostGroup } from './host-group.js';

/** Floats of a message: a group's take 64 MB at most, and hold bytes in base 64. */
const FLOATS = 2 ** 22;

/** Gathers hosts' numbers by messages of their group, as bytes. */
export function floatGatherer(hosts: Pick<HostGroup, 'gather'>): SharingHosts['gatherFloats'] {
  let gathered = 0;
  return async (values) => {
    const name = `floats ${gathered++}`;
    const parts = Math.max(1, Math.ceil(values.length / FLOATS));
    const pieces: Uint8Array[][] = [];
    for (let i = 0; i < parts; i++) {
      const part = values.subarray(i * FLOATS, (i + 1) * FLOATS);
      const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
      const all = await hosts.gather(`${name}.${i}`, bytes.toString('base64'));
      pieces.push(all.map((text) => Buffer.from(text, 'base64')));
    }
    const count = pieces[0]!.length;
    const result = new Uint8Array(count * values.byteLength);
    for (let host = 0, at = 0; host < count; host++) {
      for (const piece of pieces) {
        result.set(piece[host]!, at);
        at += piece[host]!.length;
      }
    }
    return new Float32Array(result.buffer);
  };
}
