/** What {@link isFileName} asks for, for messages. */
export const FILE_NAME_EXPECTATION = 'a plain file name (no / \\ or :, not . or .., at most 100 characters)';

/** Whether text can stand in a file's name and leaves the file in its folder, on every system. */
export function isFileName(text: string): boolean {
  return /^[^\p{Cc}/\\:]{1,100}$/u.test(text) && text !== '.' && text !== '..';
}

/**
 * The beginning of a file's name for any text, another one for each: the text itself where it can be one, else with
 * what no name can hold written as `%` and its code.
 */
export function fileNameFor(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cs}/\\:%]/gu, (character) => {
    return `%${character.codePointAt(0)!.toString(16).padStart(2, '0')}`;
  });
}
