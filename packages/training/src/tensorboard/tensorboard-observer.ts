import type { HostTensor } from '@vjepa/engine';
import { clipFrames, encodePng, maskPicture } from '@vjepa/pictures';
import type { ObservedRun, ObservedStep, PretrainingObserver } from '../pretrain/observer.js';
import type { StepMetrics } from '../run/metrics-file.js';
import type { ImageSummary, SummaryValue } from './event.js';
import { createEventFile, type EventFile } from './event-file.js';
import { histogramOf } from './histogram.js';
import { metricTag } from './metric-tags.js';

/** Clips of a batch that are drawn. */
const DRAWN_CLIPS = 2;

/** What `tensorBoardObserver` takes. */
export interface TensorBoardOptions {
  /** Steps between two pictures of clips and masks; null: none. Default 1000. */
  imagesEvery?: number | null | undefined;
}

/**
 * Writes a run's TensorBoard events into its folder: every metric of every step, clips with their masks now and then,
 * histograms of the encoder's and predictor's weights with every checkpoint.
 */
export function tensorBoardObserver({ imagesEvery = 1000 }: TensorBoardOptions = {}): PretrainingObserver {
  let file: EventFile | undefined;
  let run: ObservedRun | undefined;
  return {
    name: 'the TensorBoard log',
    start(started) {
      run = started;
      file = createEventFile(started.folder.events, { firstStep: started.firstStep > 0 ? started.firstStep + 1 : 0 });
    },
    step(step) {
      if (!file || !run) return;
      const { step: at } = step.metrics;
      const drawn = imagesEvery !== null && (at % imagesEvery === 0 || at === run.firstStep + 1);
      const values = scalars(step.metrics);
      if (drawn) values.push({ tag: 'masks/clips', image: maskImage(run, step) });
      file.write(at, values);
    },
    checkpoint({ step, state }) {
      file?.write(step, weightHistograms(state));
    },
    end() {
      file?.close();
      file = undefined;
    },
  };
}

function scalars(metrics: StepMetrics): SummaryValue[] {
  return Object.entries(metrics).flatMap(([name, value]) => {
    const tag = metricTag(name);
    if (tag === undefined || value === undefined || typeof value === 'string') return [];
    return typeof value === 'number'
      ? [{ tag, scalar: value }]
      : value.map((scalar, i) => ({ tag: `${tag}_${i}`, scalar }));
  });
}

/** The first clips of a batch, each over the same frames with the context of every mask left visible. */
function maskImage({ plan }: ObservedRun, { batch, masks }: ObservedStep): ImageSummary {
  const { tubeletSize, patchSize } = plan.encoder;
  const samples = Math.min(DRAWN_CLIPS, batch.shape[0]!);
  const frames = Array.from({ length: samples }, (_, b) => clipFrames(batch, b, tubeletSize));
  const few = masks.map(({ context, target }) => ({
    context: { ...context, shape: [samples, context.shape[1]] as [number, number] },
    target: { ...target, shape: [samples, target.shape[1]] as [number, number] },
  }));
  const picture = maskPicture(few, plan.grid, patchSize, frames);
  return { width: picture.width, height: picture.height, png: encodePng(picture) };
}

/** One histogram for each weight matrix; biases, norms and optimiser state are left out. */
function weightHistograms(state: Record<string, HostTensor>): SummaryValue[] {
  return Object.entries(state)
    .filter(([name, { shape }]) => /^(encoder|predictor)\./.test(name) && shape.length > 1 && !/pos_embed/.test(name))
    .map(([name, { data }]) => ({
      tag: `weights/${name.replaceAll('.', '/')}`,
      histogram: histogramOf(data as Float32Array),
    }));
}
