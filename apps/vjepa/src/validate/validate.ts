import { parse, resolve } from 'node:path';
import { videoIndexText } from '@vjepa/benchmarks';
import { requireWritable, writeFileAtomically } from '@vjepa/training';
import { type CheckSummary, checkVideos, type DecoderName, describeChecks, summarizeChecks } from '@vjepa/video';
import { OUTPUT_REMEDY } from '../commands/output-option.js';
import { readVideos } from '../data/datasets.js';
import { createTaskProgress } from '../display/task-progress.js';

export interface ValidateOptions {
  index: string;
  output?: string;
  workers: number;
  decoder: 'auto' | DecoderName;
  quick?: boolean;
  minFrames: number;
  timeLimit: number;
  json?: boolean;
}

/** What `vjepa validate` found in an index. */
export interface ValidationReport extends CheckSummary {
  index: string;
  seconds: number;
}

/**
 * Checks every video of an index, prints what is bad and why, and with `--output` writes an index of the good ones and,
 * beside it, a report. A video that cannot be reached is neither. Resolves to the exit code: 0 when all are good.
 */
export async function validate(options: ValidateOptions): Promise<number> {
  const { index, output, decoder, quick = false, minFrames, timeLimit } = options;
  const begun = performance.now();
  if (output !== undefined) requireWritable(output, OUTPUT_REMEDY);
  const videos = await readVideos(index);
  const paths = new Set(videos.map(({ path }) => path));
  const progress = createTaskProgress({ total: paths.size, unit: 'videos' });
  const checks = await checkVideos(paths, {
    ...{ workers: options.workers, decoder, quick, minFrames, timeoutMs: timeLimit * 1000 },
    onChecked: (check) => progress.advance(!check.good),
  }).finally(() => progress.close());
  const seconds = (performance.now() - begun) / 1000;
  const report: ValidationReport = { index: resolve(index), ...summarizeChecks(videos, checks), seconds };
  if (output !== undefined) {
    const usable = new Set(checks.filter(({ good }) => good).map(({ path }) => path));
    const good = videos.filter(({ path }) => usable.has(path));
    const { dir, name } = parse(output);
    writeFileAtomically(output, videoIndexText(good, output));
    writeFileAtomically(`${dir === '' ? '.' : dir}/${name}.report.json`, `${JSON.stringify(report, null, 2)}\n`);
  }
  process.stdout.write(
    options.json
      ? `${JSON.stringify(report, null, 2)}\n`
      : `${describeChecks(report, { seconds, output }).join('\n')}\n`,
  );
  return report.bad.length + report.unreachable.length > 0 ? 1 : 0;
}
