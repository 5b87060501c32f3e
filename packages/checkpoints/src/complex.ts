/** A Python complex number. */
export class Complex {
  constructor(
    readonly real: number,
    readonly imaginary: number,
  ) {}

  /** As Python prints it without its brackets: `1+2j`. */
  toString(): string {
    const sign = this.imaginary < 0 || Object.is(this.imaginary, -0) ? '' : '+';
    return `${this.real}${sign}${Object.is(this.imaginary, -0) ? '-0' : this.imaginary}j`;
  }
}
