import { join } from 'node:path';
import { type Engine, openEngine } from '@vjepa/engine';
import {
  type OptionNames,
  option,
  reasonOf,
  requireCounts,
  requireWritable,
  Sentence,
  sentence,
  type TrainingWarning,
  writeFileAtomically,
} from '@vjepa/training';
import { spreadClips } from './centre-clips.js';
import { type DecodingViews, decodingViews } from './decoding-views.js';
import { examineClips } from './examine-clips.js';
import { featureView, maskView, thumbnails } from './model-view.js';
import { readPageScript } from './page-script.js';
import { type ModelViews, reportPage } from './report-page.js';
import { type ReportedRun, type ReportedRunOptions, readReportedRun } from './reported-run.js';

/** What `writeReport` takes. */
export interface WriteReportOptions extends ReportedRunOptions {
  /** The page to write. Default: `report.html` in the run's folder. */
  output?: string | undefined;
  /** Videos that the newest checkpoint is run on, for pictures of masks and features; 0: none. Default 12. */
  clips?: number | undefined;
  /** What the model runs on; opened only where it is needed. Default: `openEngine()`. */
  engine?: Engine | (() => Promise<Engine>) | undefined;
  /** Who writes, for the page's last line. */
  program?: string | undefined;
  /** What options are called in the page; by default their names in TypeScript. */
  nameOf?: OptionNames | undefined;
}

/** What `writeReport` wrote. */
export interface WrittenReport {
  output: string;
  /** Steps the run has recorded. */
  steps: number;
  /** Signs of a collapse, of exploding gradients. */
  warnings: (Omit<TrainingWarning, 'message'> & { message: string })[];
  /** Why there are no pictures of masks and features. */
  problem: string | undefined;
}

/** Clips drawn with masks and with features, and listed as worst. */
const SHOWN = { masks: 2, features: 4, worst: 5 };

/**
 * Writes one HTML file about a pretraining run that loads nothing from anywhere: curves, collapse indicators, masks and
 * features of some videos, bad videos, settings, environment.
 *
 * @throws InputError when there is no run, or the file cannot be written
 */
export async function writeReport(options: WriteReportOptions): Promise<WrittenReport> {
  const { program = '@vjepa/report', nameOf, clips } = options;
  if (clips !== 0) requireCounts({ clips });
  const run = await readReportedRun(options);
  const output = options.output ?? join(run.path, 'report.html');
  requireWritable(output, sentence`name another with ${option('output')}`);
  const words = (text: string | Sentence) => (text instanceof Sentence && nameOf ? text.inWords(nameOf) : String(text));
  const warnings = run.warnings.map((warning) => ({ ...warning, message: words(warning.message) }));
  const views = await modelViews(run, options);
  const inWords = (decoded: DecodingViews<string | Sentence> | undefined): DecodingViews<string> | undefined =>
    decoded && 'problem' in decoded ? { problem: words(decoded.problem) } : decoded;
  const model = 'problem' in views ? { problem: words(views.problem) } : { ...views, decoded: inWords(views.decoded) };
  const page = reportPage({ run, model, warnings, script: readPageScript(), program, written: new Date() });
  writeFileAtomically(output, page);
  return { output, steps: run.metrics.length, warnings, problem: 'problem' in model ? model.problem : undefined };
}

/** Runs the newest checkpoint on some videos of the run. What cannot be had is a reason, not an error. */
async function modelViews(
  run: ReportedRun,
  { clips: wanted = 12, engine = openEngine }: WriteReportOptions,
): Promise<ModelViews<string | Sentence> | { problem: string | Sentence }> {
  const { plan, checkpoint, videos } = run;
  if (wanted === 0) return { problem: sentence`they were not asked for (${option('clips: 0')})` };
  if (!checkpoint) return { problem: 'the run has no checkpoint yet' };
  if ('problem' in videos) return videos;
  try {
    const clips = await spreadClips(plan, videos, wanted);
    if (clips.length === 0) return { problem: 'none of the videos tried can be decoded' };
    const opened = typeof engine === 'function' ? await engine() : engine;
    const examined = await examineClips({ clips, plan, checkpoint, engine: opened });
    const paths = clips.map(({ path }) => path);
    const byLoss = [...examined].sort((a, b) => b.loss - a.loss);
    return {
      masks: examined.slice(0, SHOWN.masks).map((clip) => maskView(clip, plan)),
      decoded: await decodingViews(run, paths, opened),
      features: examined.slice(0, SHOWN.features).map((clip) => featureView(clip, plan)),
      worst: byLoss.slice(0, SHOWN.worst).map((clip) => thumbnails(clip, plan)),
      examined: examined.length,
      step: checkpoint.step,
    };
  } catch (error) {
    return { problem: reasonOf(error) };
  }
}
