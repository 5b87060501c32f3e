/** A package that is needed and not installed. */
export class MissingPackage extends Error {
  constructor(readonly packageName: string) {
    super(`${packageName} is not installed: npm install ${packageName}`);
    this.name = 'MissingPackage';
  }
}

/**
 * An optional peer, found when it is needed. The name reaches `import` as a variable, so that bundlers leave it alone.
 *
 * @throws MissingPackage if it is not installed
 */
export async function importOptional<Module>(name: string): Promise<Module> {
  try {
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as Module;
  } catch (error) {
    if (isMissing(error, name)) throw new MissingPackage(name);
    throw error;
  }
}

/** Whether it is this package that is missing, and not one that it imports. Browsers know no names of packages. */
function isMissing(error: unknown, name: string): boolean {
  if (!(error instanceof Error)) return false;
  const { code, message } = error as { code?: unknown; message: string };
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') return message.includes(`'${name}'`);
  return error instanceof TypeError && message.includes(name);
}
