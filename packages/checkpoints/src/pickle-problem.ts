/** Something wrong with a pickle; the reader adds the file and the place. */
export class PickleProblem extends Error {
  /** @param remedy what to do, where that is not "the file is damaged" */
  constructor(
    message: string,
    readonly remedy?: string,
  ) {
    super(message);
  }
}
