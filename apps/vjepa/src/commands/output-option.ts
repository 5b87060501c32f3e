import { InvalidArgumentError, Option } from 'commander';

/**
 * An option that names a file to write. Its name promises a format: one that is not written is refused before any work.
 * A name without an ending promises nothing, and gets the first of the formats.
 *
 * @param endings of the formats that are written, lower case, with their dots
 */
export function outputFile(flags: string, text: string, endings: readonly string[]): Option {
  return new Option(flags, `${text} (${listed(endings)})`).argParser((name: string) => {
    if (/[/\\]$/.test(name)) throw new InvalidArgumentError('expected the name of a file; this is that of a folder.');
    const ending = endingOf(name);
    if (ending === '' || endings.includes(ending)) return name;
    throw new InvalidArgumentError(`expected a name that ends in ${listed(endings)}.`);
  });
}

/** An option that names a folder to write into; a name that promises a file is refused. */
export function outputFolder(flags: string, text: string): Option {
  return new Option(flags, text).argParser((name: string) => {
    if (!fileEndings.has(endingOf(name))) return name;
    throw new InvalidArgumentError(`expected the name of a folder, and ${endingOf(name)} is that of a file.`);
  });
}

/** What to do where the file of a command's result cannot be written. */
export const OUTPUT_REMEDY = 'name another with --output';

/** Of files of features. */
export const FEATURE_ENDINGS = ['.safetensors', '.npy'] as const;

/** Of pictures. */
export const PICTURE_ENDINGS = ['.png', '.jpg', '.jpeg'] as const;

/** Of files with one JSON object a line. */
export const PREDICTION_ENDINGS = ['.jsonl', '.ndjson'] as const;

const fileEndings = new Set(
  [
    '.csv',
    '.tsv',
    '.txt',
    '.json',
    '.jsonl',
    '.yaml',
    '.yml',
    '.md',
    '.html',
    '.npy',
    '.npz',
    '.safetensors',
    '.pth',
  ].concat(['.pt', '.tar', '.tgz', '.gz', '.zip', '.mp4', '.mkv', '.webm', '.avi', '.mov', '.png', '.jpg', '.gif']),
);

/** The ending that tells the format, also where the name is nothing else. */
function endingOf(name: string): string {
  return /\.[^./\\]*$/.exec(name)?.[0].toLowerCase() ?? '';
}

function listed(endings: readonly string[]): string {
  return endings.length < 2 ? endings.join('') : `${endings.slice(0, -1).join(', ')} or ${endings.at(-1)}`;
}
