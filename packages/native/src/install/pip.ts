import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { OnProgress } from '@vjepa/engine';
import { makeFolder } from './make-folder.js';

/** A way to start pip: a program and its first arguments. */
export type Pip = readonly [program: string, ...parameters: string[]];

const CANDIDATES: readonly Pip[] = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['pip3'], ['pip']];

/**
 * The first pip that answers, or undefined where there is none. It may take as long as it likes, as its download may: Python
 * starts slowly on a machine that others use, and a pip that was not waited for would be said not to be there.
 */
export async function findPip(): Promise<Pip | undefined> {
  for (const pip of CANDIDATES) {
    try {
      await promisify(execFile)(pip[0], [...pip.slice(1), '--version']);
      return pip;
    } catch {
      // Not this one.
    }
  }
  return undefined;
}

/** What to ask pip for: a requirement such as `tensorflow-cpu==2.21.0`, and the platforms it may be built for. */
export interface WheelRequest {
  requirement: string;
  platforms: readonly string[];
  /** For progress only. */
  bytes?: number | undefined;
}

/**
 * Downloads one wheel with `pip download`, which follows the user's own index, proxy and certificate settings. Any pip
 * of any Python will do: the wheel asked for is always the same.
 *
 * @returns the wheel's path in `folder`
 * @throws Error with pip's own reason
 */
export async function downloadWheel(
  pip: Pip,
  { requirement, platforms, bytes }: WheelRequest,
  folder: string,
  onProgress: OnProgress,
): Promise<string> {
  makeFolder(folder);
  const work = await mkdtemp(join(folder, 'pip-'));
  const stopWatching = watchLargest(work, (size) =>
    onProgress({ stage: 'download', item: requirement, bytes: size, totalBytes: bytes }),
  );
  try {
    await run(
      pip,
      [
        'download',
        '--no-deps',
        '--only-binary=:all:',
        ...['--python-version', '3.12', '--implementation', 'cp', '--abi', 'cp312', '--abi', 'none'],
        ...platforms.flatMap((platform) => ['--platform', platform]),
        ...['--dest', join(work, 'wheel'), '--no-input', '--disable-pip-version-check', '--progress-bar', 'off'],
        requirement,
      ],
      // pip downloads into its temporary folder first: there its progress can be seen, and nothing is left behind.
      { ...process.env, TMPDIR: work },
    );
    const [name] = (await readdir(join(work, 'wheel'))).filter((file) => file.endsWith('.whl'));
    if (name === undefined) throw new Error(`pip downloaded no wheel for ${requirement}`);
    const path = join(folder, name);
    await rename(join(work, 'wheel', name), path);
    return path;
  } finally {
    stopWatching();
    await rm(work, { recursive: true, force: true });
  }
}

async function run(pip: Pip, parameters: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(pip[0], [...pip.slice(1), ...parameters], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const stop = () => child.kill();
  process.once('exit', stop);
  try {
    let messages = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      messages = (messages + text).slice(-4_000);
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    if (code !== 0) throw new Error(`${pip.join(' ')} download ended with code ${code}: ${reasonIn(messages)}`);
  } finally {
    process.off('exit', stop);
  }
}

/** What pip says of a connection that it tries again. */
const NO_CONNECTION = /after connection broken by|Could not fetch URL|ConnectionError|Read timed out/;

/** Why pip gave up, in its own words, and in one line. */
function reasonIn(messages: string): string {
  if (NO_CONNECTION.test(messages)) return 'it could not reach the package index';
  const lines = messages.trim().split('\n');
  return (
    (lines
      .filter((line) => line.startsWith('ERROR: '))
      .map((line) => line.slice('ERROR: '.length))
      .at(-1) ??
      lines.at(-1)) ||
    'it said nothing'
  );
}

/** Reports the size of the largest file below a folder, the one that is being downloaded, until stopped. */
function watchLargest(folder: string, report: (bytes: number) => void): () => void {
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    void largestFile(folder)
      .then(report)
      .catch(() => {})
      .finally(() => {
        busy = false;
      });
  }, 500);
  return () => clearInterval(timer);
}

async function largestFile(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async (entry) => (await stat(join(entry.parentPath ?? entry.path, entry.name))).size);
  return Math.max(0, ...(await Promise.all(sizes)));
}
