import { join } from 'node:path';
import { requireWritable, writeFileAtomically } from '@vjepa/training';
import { type CentreClip, centreClip } from '@vjepa/video';
import { reasonOf } from '../command-error.js';
import { OUTPUT_REMEDY } from '../commands/output-option.js';
import { clipOptions } from '../data/clip-options.js';
import type { EngineOptions } from '../engine/engine.js';
import { packageVersion } from '../package-version.js';
import { examineClips } from './examine-clips.js';
import { featureView, maskView, thumbnails } from './model-view.js';
import { readPageScript } from './page-script.js';
import { type ModelViews, reportPage } from './report-page.js';
import { type RunRecord, readRun } from './run-record.js';

export interface ReportOptions extends EngineOptions {
  output?: string;
  /** Videos that the model is run on; 0: none, the report then shows numbers only. */
  clips?: number;
  json?: boolean;
}

/** Clips drawn with masks and with features, and listed as worst. */
const shown = { masks: 2, features: 4, worst: 5 };

/** Writes the report of a run, one HTML file, and says where it is. */
export async function report(path: string, options: ReportOptions = {}): Promise<void> {
  const run = await readRun(path);
  const output = options.output ?? join(path, 'report.html');
  requireWritable(output, OUTPUT_REMEDY);
  const model = await modelViews(run, options);
  const page = reportPage({ run, model, script: readPageScript(), version: packageVersion(), written: new Date() });
  writeFileAtomically(output, page);
  const problem = 'problem' in model ? model.problem : undefined;
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ output, steps: run.metrics.length, warnings: run.warnings, problem })}\n`);
    return;
  }
  if (problem !== undefined)
    process.stderr.write(`note: the report has no pictures of masks and features: ${problem}\n`);
  process.stdout.write(`${output}\n`);
}

/** Runs the newest checkpoint on some videos of the index. What cannot be had is a reason, not an error. */
async function modelViews(run: RunRecord, options: ReportOptions): Promise<ModelViews | { problem: string }> {
  const { plan, checkpoint, videos } = run;
  const wanted = options.clips ?? 12;
  if (wanted === 0) return { problem: 'they were not asked for (--clips 0)' };
  if (!checkpoint) return { problem: 'the run has no checkpoint yet' };
  if ('problem' in videos) return videos;
  try {
    const clips = await someClips(run, videos, wanted);
    if (clips.length === 0) return { problem: 'none of the videos tried can be decoded' };
    const examined = await examineClips(clips, plan, checkpoint, options);
    const byLoss = [...examined].sort((a, b) => b.loss - a.loss);
    return {
      masks: examined.slice(0, shown.masks).map((clip) => maskView(clip, plan)),
      features: examined.slice(0, shown.features).map((clip) => featureView(clip, plan)),
      worst: byLoss.slice(0, shown.worst).map((clip) => thumbnails(clip, plan)),
      examined: examined.length,
      step: checkpoint.step,
    };
  } catch (error) {
    return { problem: reasonOf(error) };
  }
}

/** Clips of videos spread evenly over the index, passing over those that cannot be decoded. */
async function someClips(run: RunRecord, videos: readonly { path: string }[], wanted: number): Promise<CentreClip[]> {
  const paths = [...new Set(videos.map(({ path }) => path))];
  const clips: CentreClip[] = [];
  const tries = Math.min(paths.length, 2 * wanted);
  for (let i = 0; i < tries && clips.length < wanted; i++) {
    // The odd tries lie between the even ones, so that few good videos are still spread.
    const place = (i % wanted) + (i < wanted ? 0 : 0.5);
    const index = paths.length <= 2 * wanted ? i : Math.floor((place / wanted) * paths.length);
    try {
      clips.push(await centreClip(paths[index]!, clipOptions(run.plan)));
    } catch {
      // A bad video has no place in the pictures; the table of bad videos names it.
    }
  }
  return clips;
}
