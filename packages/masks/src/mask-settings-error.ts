/** A setting with which no mask can be drawn. */
export class MaskSettingsError extends RangeError {
  override readonly name = 'MaskSettingsError';

  /**
   * @param field the setting's name, for example `masks[1].spatialScale`
   * @param found its value
   * @param expected what it should be
   * @param remedy what to change
   */
  constructor(
    readonly field: string,
    readonly found: unknown,
    readonly expected: string,
    readonly remedy: string,
  ) {
    super(`${field} is ${JSON.stringify(found) ?? String(found)}, expected ${expected}: ${remedy}`);
  }
}
