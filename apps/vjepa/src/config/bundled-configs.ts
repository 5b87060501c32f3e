import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `configs/` lies beside this file in the build, and at the top of a checkout. */
const built = fileURLToPath(new URL('.', import.meta.url));
const folder = existsSync(join(built, 'configs')) ? built : fileURLToPath(new URL('../../../..', import.meta.url));

/** What an error about a missing config says about those that come along. */
export const bundledConfigs = `configs/pretrain/smoke.yaml and the paper's come with vjepa (${join(folder, 'configs')})`;

/**
 * The file a config's name stands for: the reader's own where there is one, else, for `configs/…`, the one that comes
 * with vjepa, so that every command of the documentation works in any folder.
 */
export function findConfig(name: string): string {
  if (existsSync(name) || !/^configs[\\/]/.test(name)) return name;
  const bundled = join(folder, name);
  return existsSync(bundled) ? bundled : name;
}
