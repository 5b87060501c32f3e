import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort } from '../launch/free-port.js';

const PROGRAM = fileURLToPath(new URL('./member.fixture.mjs', import.meta.url));

/** A line that a member printed. */
export interface MemberLine {
  joined?: number;
  addresses?: string[];
  announce?: string;
  lost?: string;
  error?: string;
  message?: string;
  [what: string]: unknown;
}

/** One started process, with all that it said. */
export interface MemberProcess {
  process: ChildProcess;
  lines: (MemberLine | string)[];
  /** Resolves to the first line that `matches`; rejects where the process ends without. */
  line(matches: (line: MemberLine) => boolean): Promise<MemberLine>;
  /** Exit code or signal, and when it ended (`performance.now`). */
  ended: Promise<{ end: number | NodeJS.Signals | null; at: number }>;
}

/** Starts one member: `deed` is what member.fixture.mjs is to do. */
export function startMember(
  place: { index: number; count: number; port: number },
  deed: readonly (string | number)[],
  env: NodeJS.ProcessEnv = {},
): MemberProcess {
  const child = spawn(process.execPath, [PROGRAM, ...deed.map(String)], {
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      VJEPA_HOST_INDEX: String(place.index),
      VJEPA_HOST_COUNT: String(place.count),
      VJEPA_COORDINATOR: `127.0.0.1:${place.port}`,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines: (MemberLine | string)[] = [];
  const listeners = new Set<() => void>();
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (text) => {
    lines.push(JSON.parse(text));
    for (const listener of listeners) listener();
  });
  const ended = new Promise<{ end: number | NodeJS.Signals | null; at: number }>((resolve) => {
    let at = 0;
    child.on('exit', () => {
      at = performance.now();
    });
    // When all that it said has been read.
    child.on('close', (code, signal) => resolve({ end: signal ?? code, at }));
  });
  const line = (matches: (line: MemberLine) => boolean) =>
    new Promise<MemberLine>((resolve, reject) => {
      const look = () => {
        const found = lines.find((each): each is MemberLine => typeof each === 'object' && matches(each));
        if (found === undefined) return;
        listeners.delete(look);
        resolve(found);
      };
      listeners.add(look);
      look();
      void ended.then(({ end }) => {
        reject(new Error(`host ${place.index} ended (${end}) without it: ${JSON.stringify(lines)}`));
      });
    });
  return { process: child, lines, line, ended };
}

/** Starts all members of a run. */
export async function startMembers(
  count: number,
  deed: readonly (string | number)[],
  env: NodeJS.ProcessEnv = {},
): Promise<MemberProcess[]> {
  const port = await freePort();
  return Array.from({ length: count }, (_, index) => startMember({ index, count, port }, deed, env));
}

/** How all ended, and the line of each that has `key`. */
export async function outcomes(members: readonly MemberProcess[], key: string) {
  return Promise.all(
    members.map(async ({ lines, ended }) => {
      const { end } = await ended;
      return { end, line: lines.find((line): line is MemberLine => typeof line === 'object' && key in line) };
    }),
  );
}
