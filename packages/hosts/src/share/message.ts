import type { HostsProblem } from '../hosts-error.js';

/** What a host says to the coordinator. */
export type ToCoordinator =
  | { type: 'join'; index: number; count: number; version: string; token: string; machine: string; pid: number }
  /** The body is the value as JSON. */
  | { type: 'gather'; name: string }
  /** The body is the value. */
  | { type: 'set'; id: number; key: string }
  | { type: 'get'; id: number; key: string; timeoutMs: number }
  /** The host ends by an error. */
  | { type: 'fail'; code: 'host-failed' | 'host-lost'; message: string }
  | { type: 'leave' };

/** What the coordinator says to a host. */
export type ToHost =
  /** The host has joined; others have not. */
  | { type: 'waiting'; missing: number[] }
  | { type: 'start'; addresses: string[] }
  /** Not taken in; `again` where another attempt may succeed. */
  | { type: 'refused'; problem: HostsProblem; again: boolean }
  /** The oldest gather is complete. The body is a JSON array. */
  | { type: 'gathered' }
  | { type: 'stored'; id: number }
  /** The body is the value, if there is one. */
  | { type: 'value'; id: number; found: boolean }
  /** The share has ended, by the loss of a host or an error. */
  | { type: 'broken'; problem: HostsProblem }
  /** All have left, or this host's failure is known. */
  | { type: 'closed' };

/** A header of JSON and bytes. */
export interface Message<Header> {
  header: Header;
  body?: Uint8Array | undefined;
}

/** What a host may send at once, in bytes. */
export const MOST_BYTES = 64 << 20;

/** The header's length (uint32, little-endian), the header, the body. */
export function encodeMessage({ header, body }: Message<unknown>): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  return Buffer.concat(body === undefined ? [length, json] : [length, json, body]);
}

/** @throws RangeError or SyntaxError for other bytes */
export function decodeMessage<Header>(bytes: Buffer): Message<Header> {
  const start = 4 + bytes.readUInt32LE();
  const header = JSON.parse(bytes.toString('utf8', 4, start)) as Header;
  // A copy: a view would carry the whole buffer to another thread.
  return { header, body: bytes.length > start ? new Uint8Array(bytes.subarray(start)) : undefined };
}
