import { existsSync } from 'node:fs';
import { isVerbose, loadKoffi, openForGood, setEnvironment, withoutChatter } from '@vjepa/native';
import type * as Koffi from 'koffi';
import { XlaError } from '../xla-error.js';
import { type LoadOptions, PjrtApi } from './pjrt-api.js';

/**
 * Loads a plug-in, which stays until the process ends.
 *
 * @param path of the shared library
 * @throws XlaError `not-installed`, `not-loadable` with the system's own reason, `wrong-version`
 */
export function loadPjrtApi(path: string, options: LoadOptions = {}): PjrtApi {
  if (!existsSync(path))
    throw new XlaError('not-installed', `${path}: there is no such file, and so no plug-in of XLA`);
  const koffi = koffiOrRefusal();
  const environment: Record<string, string> = options.verbose ? {} : { TF_CPP_MIN_LOG_LEVEL: '3' };
  setEnvironment(koffi, environment);
  const open = () => openPlugin(koffi, path);
  const address = isVerbose(environment) ? open() : withoutChatter(koffi, open);
  const api = new PjrtApi(koffi, path, address, options);
  api.call('PJRT_Plugin_Initialize', {});
  return api;
}

function koffiOrRefusal(): typeof Koffi {
  try {
    return loadKoffi();
  } catch (cause) {
    throw new XlaError('not-loadable', (cause as Error).message, { cause });
  }
}

/** The address of the plug-in's `PJRT_Api`. */
function openPlugin(koffi: typeof Koffi, path: string): bigint {
  const refusal = openForGood(koffi, path);
  if (refusal !== undefined) throw new XlaError('not-loadable', `the system could not load ${path}: ${refusal}`);
  const library = koffi.load(path, { lazy: true });
  let getApi: () => bigint;
  try {
    getApi = library.func('GetPjrtApi', 'void *', []) as unknown as () => bigint;
  } catch (cause) {
    throw new XlaError('not-loadable', `${path} is no plug-in of XLA: it exports no GetPjrtApi`, { cause });
  }
  const address = getApi() as bigint | null;
  if (address) return address;
  throw new XlaError('not-loadable', `${path} is no plug-in of XLA that works: its GetPjrtApi gives nothing`);
}
