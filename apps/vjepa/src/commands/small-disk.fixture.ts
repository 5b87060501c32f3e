import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';

/** What a command did on a disk of its own, and a copy of what it left there. */
export interface SmallDiskOutcome {
  status: number | null;
  stderr: string;
  left: string;
}

/**
 * Ways to a mount that only one command sees, so that nothing stays mounted whatever becomes of it: as a user who is
 * root in a namespace of his own, or as root.
 */
const WAYS = [
  ['unshare', '--map-root-user', '--mount'],
  ['unshare', '--mount'],
];

const SCRIPT = `mount -t tmpfs -o size="$2" tmpfs "$1" || exit 99
folder=$1 left=$3; shift 3
"$@"; status=$?
cp -r "$folder"/. "$left"; exit $status`;

const way = WAYS.find((way) => runIn(way, '64k', ['true']).status === 0);

/** Whether this system lets a test mount a small disk, and what a test that is skipped without one says. */
export const hasSmallDisk = way !== undefined;
export const smallDiskReason = hasSmallDisk
  ? ''
  : ' (skipped: a small disk cannot be mounted here, it takes Linux and the right to mount)';

/**
 * Runs a command that writes into a disk (a tmpfs) of a given size, empty at first.
 *
 * @param size as mount takes it: 4m
 * @param command given the path of the disk
 */
export function onSmallDisk(size: string, command: (disk: string) => string[]): SmallDiskOutcome {
  return runIn(way!, size, command);
}

function runIn(way: string[], size: string, command: string[] | ((disk: string) => string[])): SmallDiskOutcome {
  const folder = temporaryFolder('small-disk');
  const [disk, left] = [join(folder, 'disk'), join(folder, 'left')];
  mkdirSync(disk);
  mkdirSync(left);
  const [program, ...options] = way;
  const args = [...options, 'sh', '-c', SCRIPT, 'sh', disk, size, left];
  const { status, stderr } = spawnSync(program!, [...args, ...(Array.isArray(command) ? command : command(disk))], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stderr: stderr ?? '', left };
}
