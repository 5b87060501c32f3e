/** Why something could not be installed, with the remedy. */
export class InstallError extends Error {
  override readonly name = 'InstallError';
}
