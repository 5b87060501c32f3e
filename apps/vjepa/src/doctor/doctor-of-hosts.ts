import { launch } from '@vjepa/hosts';

/**
 * The doctor that was asked for, as every one of several hosts.
 *
 * @param hosts as `vjepa launch` takes them
 * @returns the exit code
 */
export function doctorOfHosts(hosts: string): Promise<number> {
  const words = process.argv.slice(2);
  const place = words.findIndex((word) => word === '--hosts' || word.startsWith('--hosts='));
  const own = words.toSpliced(place, words[place] === '--hosts' ? 2 : 1);
  const command = [process.execPath, ...process.execArgv, process.argv[1] ?? '', ...own];
  return launch({ hosts, command, restarts: 0 });
}
