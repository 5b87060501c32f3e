import type * as Koffi from 'koffi';

/** Sets environment variables for C code, those that are not set yet. A worker's `process.env` does not reach C. */
export function setEnvironment(koffi: typeof Koffi, environment: Record<string, string>): void {
  if (process.platform === 'win32') return;
  const setenv = koffi.load(null).func('setenv', 'int', ['str', 'str', 'int']);
  for (const [name, value] of Object.entries(environment)) setenv(name, value, 0);
}

const LOG_LEVEL = 'TF_CPP_MIN_LOG_LEVEL';

/** Whether TensorFlow and XLA may say what they do: the user's own setting goes before ours. */
export function isVerbose(environment: Record<string, string>): boolean {
  return process.platform === 'win32' || (process.env[LOG_LEVEL] ?? environment[LOG_LEVEL] ?? '0') === '0';
}
