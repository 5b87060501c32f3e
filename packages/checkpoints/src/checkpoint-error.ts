/** A checkpoint file that cannot be read, written or used as asked. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';

  /**
   * @param path the file
   * @param problem what is wrong with it: the value found and the value expected
   * @param remedy what to do about it
   */
  constructor(
    readonly path: string,
    readonly problem: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(`${path}: ${problem}; ${remedy}`, options);
  }
}
