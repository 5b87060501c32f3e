/**
 * What a terminal obeys or hides rather than shows: control characters but line feed and tab (a carriage return only
 * before a line feed), those of the C1 set, and the marks that turn the direction of text.
 */
const OBEYED = /(?!\r\n|[\n\t])[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Text as a terminal may be given it: what it would obey is written out, `\u001b` for an escape. Names in checkpoints,
 * archives, lists and video files, and what decoders say about them, may hold anything. JSON stays the same JSON.
 */
export function printable(text: string): string {
  return text.replaceAll(OBEYED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
