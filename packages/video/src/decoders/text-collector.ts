/** Puts a text together from chunks of bytes. */
export class TextCollector {
  readonly #decoder = new TextDecoder();
  #text = '';

  add(chunk: Uint8Array): void {
    this.#text += this.#decoder.decode(chunk, { stream: true });
  }

  toString(): string {
    return this.#text + this.#decoder.decode();
  }
}
