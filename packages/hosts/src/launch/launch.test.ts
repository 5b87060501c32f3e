import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { launch } from './launch.js';

const PROGRAM = fileURLToPath(new URL('./launch.fixture.mjs', import.meta.url));
const FAKE_SSH = fileURLToPath(new URL('./fake-ssh.fixture.sh', import.meta.url));

interface Launched {
  process: ChildProcess;
  /** What it has printed, stderr too. */
  output(): string;
  /** Resolves when the output has so many of these. */
  printed(pattern: RegExp, count?: number): Promise<string[]>;
  ended: Promise<number | NodeJS.Signals | null>;
}

function startLaunch(options: object, deed: readonly string[], env: NodeJS.ProcessEnv = {}): Launched {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(options), ...deed], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  }
  const printed = (pattern: RegExp, count = 1) =>
    vi.waitFor(() => {
      const found = [...text.matchAll(new RegExp(pattern, 'g'))].map(([all, first]) => first ?? all);
      if (found.length < count) throw new Error(`${found.length} of ${pattern} in:\n${text}`);
      return found;
    }, 20_000);
  return {
    process: child,
    output: () => text,
    printed,
    ended: new Promise((resolve) => child.on('close', (code, signal) => resolve(signal ?? code))),
  };
}

function isRunning(pid: string): boolean {
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch {
    return false;
  }
}

function goneSoon(pids: readonly string[]): Promise<void> {
  return vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]), 10_000);
}

describe('launch', () => {
  it('starts hosts here, and says which of them says what', async () => {
    const { output, ended } = startLaunch({ hosts: 3 }, ['describe', 'more']);
    expect(await ended).toBe(0);
    const folder = JSON.stringify(process.cwd());
    expect(output()).toContain(`\n{"folder":${folder},"local":[0,3],"args":["more"]}\n`);
    expect(output()).toContain(`[host 1] {"folder":${folder},"local":[1,3],"args":["more"]}\n`);
    expect(output()).toContain('[host 2] "left"\n');
  });

  it('starts others through ssh, with the variables that a run needs', async () => {
    const ssh = `sh ${FAKE_SSH} -o BatchMode=yes`;
    const env = { VJEPA_OF_TEST: "it's\nexported", OF_TEST: 'not' };
    const { output, ended } = startLaunch(
      { hosts: 'localhost,me@localhost,me@localhost', ssh },
      ['describe', "a 'b' $c"],
      env,
    );
    expect(await ended).toBe(0);
    const said = (local: string, kept: string) =>
      `{"folder":${JSON.stringify(process.cwd())},"local":${local},"exported":"it's\\nexported"${kept},"args":["a 'b' $c"]}\n`;
    expect(output()).toContain(said('[0,1]', ',"kept":"not"'));
    expect(output()).toContain(`[host 1] ${said('[0,2]', '')}`);
    expect(output()).toContain(`[host 2] ${said('[1,2]', '')}`);
  });

  it('starts all again, with --resume, when one has died', async () => {
    const { output, ended } = startLaunch({ hosts: 3, restarts: 2 }, ['dieOnce']);
    expect(await ended).toBe(0);
    expect(output()).toContain('launch: host 1 died (signal 9); all start again (1 of 2)\n');
    expect(output().match(/\{"attempt":"1","args":\["--resume"\]\}/g)).toHaveLength(3);
  });

  it('is brought to its end by hosts that are killed at any moment', async () => {
    const { process: launcher, printed, output, ended } = startLaunch({ hosts: 2, restarts: 3 }, ['steps', '60']);
    for (let attempt = 0; attempt < 2; attempt++) {
      const pids = await printed(new RegExp(`"pid":(\\d+),"attempt":"${attempt}"`), 2);
      await new Promise((resolve) => setTimeout(resolve, 150 * attempt));
      process.kill(Number(pids[attempt]), 'SIGKILL');
    }
    expect(await ended).toBe(0);
    expect(output().match(/\{"done":"2"\}/g)).toHaveLength(2);
    expect(launcher.exitCode).toBe(0);
  });

  it('ends with the code of an error, and does not try again', async () => {
    const { output, ended } = startLaunch({ hosts: 2, restarts: 2 }, ['exit', '3']);
    expect([1, 3]).toContain(await ended);
    expect(output()).not.toContain('start again');
    const unknown = startLaunch({ hosts: 1, program: ['no-such-program'] }, []);
    expect(await unknown.ended).toBe(127);
    expect(unknown.output()).toContain('no-such-program in ');
  });

  it('ends when hosts die too often', async () => {
    const { output, ended } = startLaunch({ hosts: 2, restarts: 1 }, ['exit', '0']);
    expect(await ended).toBe(75);
    expect(output()).toContain('launch: host 0 lost another (code 75), after 1 new starts\n');
  });

  it('ends hosts that wait for one that never joined', async () => {
    const { output, ended } = startLaunch({ hosts: 2, graceMs: 300 }, ['early', '4']);
    expect(await ended).toBe(4);
    expect(output()).toContain('launch: SIGTERM to host 0\nlaunch: host 1 ended with code 4\n');
  });

  it('passes SIGINT on, once', async () => {
    const { process: launcher, printed, output, ended } = startLaunch({ hosts: 2 }, ['untilSignal']);
    await printed(/"pid":(\d+)/, 2);
    launcher.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(output().match(/\{"signals":1\}/g)).toHaveLength(2);
  });

  it('kills at a second signal', async () => {
    const { process: launcher, printed, output, ended } = startLaunch({ hosts: 2 }, ['deaf']);
    const pids = await printed(/"pid":(\d+)/, 2);
    launcher.kill('SIGTERM');
    await printed(/"heard":"SIGTERM"/, 2);
    launcher.kill('SIGINT');
    expect(await ended).toBe(137);
    expect(output()).not.toContain('start again');
    await goneSoon(pids);
  });

  it('leaves nothing running when it is killed, or a keeper', async () => {
    const first = startLaunch({ hosts: 2 }, ['steps', '100000']);
    const pids = await first.printed(/"pid":(\d+)/, 2);
    first.process.kill('SIGKILL');
    await goneSoon(pids);
    const ssh = `sh ${FAKE_SSH} -o BatchMode=yes`;
    const second = startLaunch({ hosts: 'me@localhost,me@localhost', ssh, restarts: 0 }, ['keeper']);
    const [keeper] = await second.printed(/"keeper":(\d+)/, 2);
    const remote = await second.printed(/"pid":(\d+)/, 2);
    process.kill(Number(keeper), 'SIGKILL');
    expect(await second.ended).toBe(137);
    await goneSoon(remote);
  });

  it.each([
    [{ hosts: 0 }, 'hosts: expected how many processes on this machine, 1 to 1024, or names'],
    [{ hosts: 'a,,b' }, 'found "a,,b"'],
    [{ hosts: ['-oProxyCommand=x'] }, 'found ["-oProxyCommand=x"]'],
    [{ hosts: 2, restarts: -1 }, 'restarts: expected a whole number from 0, found -1'],
    [{ hosts: 2, port: 70000 }, 'port: expected 1 to 65535, found 70000'],
    [{ hosts: 2, command: [] }, 'command: is empty'],
  ])('refuses %o', async (options, message) => {
    await expect(launch({ command: ['true'], ...options })).rejects.toThrow(message);
  });
});
