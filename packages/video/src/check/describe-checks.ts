import type { CheckSummary } from './summarize-checks.js';

/**
 * What checks of a list of videos come to, in lines for people: every file that cannot be used, and why; how many there are.
 *
 * @param about.seconds what the checks took
 * @param about.output the list of good entries that was written
 */
export function describeChecks(
  { total, good, bad, unreachable, duplicates, frames, codecs }: CheckSummary,
  { seconds, output }: { seconds: number; output?: string | undefined },
): string[] {
  const lines = [...bad, ...unreachable].map(({ path, reason, code }) => `${path}: ${reason} (${code})`);
  const counted = Object.entries(codecs).map(([codec, count]) => `${count} ${codec}`);
  lines.push(
    `${good} of ${total} entries are good, ${bad.length} ${bad.length === 1 ? 'file is' : 'files are'} bad` +
      `${duplicates > 0 ? `, ${duplicates} entries repeat another` : ''}; ${seconds.toFixed(1)} s`,
  );
  if (unreachable.length > 0) {
    const [files, are] = unreachable.length === 1 ? ['file', 'is'] : ['files', 'are'];
    const left = output === undefined ? '' : `, and left out of ${output}`;
    lines.push(
      `${unreachable.length} ${files} could not be reached and ${are} neither good nor bad${left}: check again later`,
    );
  }
  if (frames)
    lines.push(`frames a video: ${frames.min} to ${frames.max}, median ${frames.median}; ${counted.join(', ')}`);
  if (output !== undefined) lines.push(`${output}: index of the ${good} good entries`);
  return lines;
}
