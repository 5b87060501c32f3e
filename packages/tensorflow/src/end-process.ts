import { loadKoffi } from './koffi.js';

/**
 * Ends this process at once, with `exit` told to whoever listens. `process.exit` waits for threads, and one that runs a step
 * waits for good where another host is gone: TensorFlow asks for it again and again.
 *
 * @param code what the process ends with
 */
export function endProcess(code: number): never {
  process.exitCode = code;
  process.emit('exit', code);
  try {
    if (process.platform !== 'win32') loadKoffi().load(null).func('_exit', 'void', ['int'])(code);
  } catch {
    // Without it a process that no library was loaded into ends as well.
  }
  return process.exit(code);
}
