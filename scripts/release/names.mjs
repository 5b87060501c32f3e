// Which names of packages are free on npm: `npm run release:names`. Asks the registry about the names of this repository and
// no others.
import { spawnPortable } from '../portable.mjs';
import { REPOSITORY } from './manifest-problems.mjs';
import { publishedInOrder } from './workspace.mjs';

let [taken, unknown] = [0, 0];
for (const { manifest } of publishedInOrder()) {
  const state = nameState(askRegistry(manifest.name));
  if (state.startsWith('taken')) taken += 1;
  if (state.startsWith('not known')) unknown += 1;
  console.log(`${manifest.name.padEnd(20)} ${state}`);
}
// Whose the scope is, npm tells its owner alone.
console.log(`${taken} names are taken by others${unknown > 0 ? `; ${unknown} could not be asked for` : ''}`);
process.exitCode = taken + unknown > 0 ? 1 : 0;

function nameState({ status, stdout }) {
  const answer = JSON.parse(stdout || '{}');
  if (answer.error?.code === 'E404') return 'free';
  if (answer.error || status !== 0) return `not known: ${answer.error?.summary ?? 'npm failed'}`;
  return answer['repository.url'] === REPOSITORY
    ? `ours, ${answer.version}`
    : `taken: ${answer['repository.url'] ?? ''}`;
}

function askRegistry(name) {
  const args = ['view', name, 'name', 'version', 'repository.url', '--json'];
  return spawnPortable('npm', args, { encoding: 'utf8' });
}
