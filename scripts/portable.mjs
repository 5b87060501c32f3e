import { spawnSync } from 'node:child_process';

/**
 * How a command is started here: npm, npx and what packages link into `.bin` are .cmd files on Windows, which need a shell; it
 * takes what has a space in it (`C:\Program Files`) for several words unless it stands in quotes. Programs need none.
 *
 * @returns command, arguments and options for spawn
 */
export function portable(command, args, platform = process.platform) {
  const isProgram = command === process.execPath || command === 'git';
  if (platform !== 'win32' || isProgram) return [command, args, {}];
  const quoted = (word) => (/[\s"&|<>^()]/.test(word) ? `"${word.replaceAll('"', '""')}"` : word);
  return [quoted(command), args.map(quoted), { shell: true }];
}

/** `spawnSync` on every platform. */
export function spawnPortable(command, args, options) {
  const [program, words, more] = portable(command, args);
  return spawnSync(program, words, { ...more, ...options });
}
