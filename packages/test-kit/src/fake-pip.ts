import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Puts a `python3` first on the PATH whose pip "downloads" the wheels of a folder, and which says it has a TensorFlow
 * where `tensorflow` is.
 *
 * @returns what pip was asked for, call by call, a way to let it fail with some words, and a way back
 */
export function fakePython(folder: string, { wheels = '', tensorflow = '' }: { wheels?: string; tensorflow?: string }) {
  const bin = join(folder, 'bin');
  const log = join(folder, 'pip.log');
  const refusal = join(folder, 'pip-refusal');
  mkdirSync(bin, { recursive: true });
  writeFileSync(log, '');
  const script = `#!${process.execPath}
const { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync } = require('node:fs');
const [flag, ...rest] = process.argv.slice(2);
if (flag === '-c') {
  if (${JSON.stringify(tensorflow)}) console.log(${JSON.stringify(tensorflow)});
  process.exit(0);
}
if (!${JSON.stringify(wheels)}) process.exit(1);
const [, command, ...parameters] = rest;
if (command === '--version') process.exit(0);
appendFileSync(${JSON.stringify(log)}, JSON.stringify(parameters) + '\\n');
if (existsSync(${JSON.stringify(refusal)})) {
  console.error(readFileSync(${JSON.stringify(refusal)}, 'utf8'));
  process.exit(1);
}
const project = /^[\\w-]+/.exec(parameters.at(-1))[0].replaceAll('-', '_') + '-';
const wheel = readdirSync(${JSON.stringify(wheels)}).find((name) => name.startsWith(project));
if (!wheel) {
  console.error('ERROR: No matching distribution found for ' + parameters.at(-1));
  process.exit(1);
}
const destination = parameters[parameters.indexOf('--dest') + 1];
mkdirSync(destination, { recursive: true });
copyFileSync(${JSON.stringify(wheels)} + '/' + wheel, destination + '/' + wheel);
`;
  for (const name of ['python3', 'python', 'pip3', 'pip']) {
    writeFileSync(join(bin, name), name.startsWith('python') ? script : `#!${process.execPath}\nprocess.exit(1)\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const path = process.env.PATH;
  process.env.PATH = `${bin}:${path}`;
  return {
    calls: () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as string[]),
    /** From now on every download ends so; undefined: as it should. */
    refuse: (words: string | undefined) => (words === undefined ? rmSync(refusal) : writeFileSync(refusal, words)),
    restore: () => {
      process.env.PATH = path;
    },
  };
}
