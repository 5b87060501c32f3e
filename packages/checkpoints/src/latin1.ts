/** Characters made at once: a call takes a limited number of arguments. */
const MOST_AT_ONCE = 2 ** 13;

/** A character for each byte, as Python's latin-1. (A TextDecoder of that name means Windows' own character set.) */
export function latin1Text(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += MOST_AT_ONCE) {
    text += String.fromCharCode(...bytes.subarray(start, start + MOST_AT_ONCE));
  }
  return text;
}

/** The bytes of text that has none but the characters up to U+00FF. */
export function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
