/** What an option is called where it was given. */
export type OptionNames = (option: string) => string;

const inTypeScript: OptionNames = (name) => `\`${name}\``;

/**
 * Text that names options. As a string it names them as TypeScript does; a program that has other names for them, such
 * as the flags of a command line, says it in its own.
 */
export class Sentence {
  readonly #parts: readonly (string | { option: string })[];

  constructor(parts: readonly (string | { option: string })[]) {
    this.#parts = parts;
  }

  /** Joins texts and what is in them; nothing is put between. */
  static of(values: readonly unknown[]): Sentence {
    return new Sentence(values.flatMap((value) => (value instanceof Sentence ? value.#parts : [String(value)])));
  }

  inWords(nameOf: OptionNames): string {
    return this.#parts.map((part) => (typeof part === 'string' ? part : nameOf(part.option))).join('');
  }

  toString(): string {
    return this.inWords(inTypeScript);
  }
}

/** A sentence, of a template that holds options, other sentences, and whatever else there is to say. */
export function sentence(texts: TemplateStringsArray, ...values: readonly unknown[]): Sentence {
  return Sentence.of(texts.flatMap((text, i) => (i < values.length ? [text, values[i]] : [text])));
}

/** An option in a sentence, by its name in TypeScript: `optimizer.learningRate`, or with a value, `existing: 'resume'`. */
export function option(name: string): Sentence {
  return new Sentence([{ option: name }]);
}
