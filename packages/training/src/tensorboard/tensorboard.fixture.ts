import { execFileSync, spawnSync } from 'node:child_process';

/** Whether python3 finds TensorBoard: `PATH` or `PYTHONPATH` may lead to it. */
export const hasTensorBoard = spawnSync('python3', ['-c', 'import tensorboard'], { timeout: 60_000 }).status === 0;

/** What TensorBoard's own reader finds in a folder, by tag. */
export interface TensorBoardContent {
  /** Step and value. */
  scalars: Record<string, [number, number][]>;
  /** Step, number of values, and bins as [left, right, count]. */
  histograms: Record<string, [number, number, [number, number, number][]][]>;
  /** Step, width, height, and the letters that mark the picture's format. */
  images: Record<string, [number, number, number, string][]>;
}

const READER = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0, 'images': 0, 'tensors': 0, 'histograms': 0})
events.Reload()
tags = events.Tags()
print(json.dumps({
  'scalars': {tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in tags['scalars']},
  'histograms': {
    tag: [[e.step, e.histogram_value.num, list(e.histogram_value.bucket)] for e in events.Histograms(tag)]
    for tag in tags['histograms']
  },
  'images': {
    tag: [[e.step, e.width, e.height, e.encoded_image_string[1:4].decode()] for e in events.Images(tag)]
    for tag in tags['images']
  },
}))
`;

/** Reads a folder of event files with TensorBoard. */
export function readWithTensorBoard(folder: string): TensorBoardContent {
  return JSON.parse(execFileSync('python3', ['-c', READER, folder], { encoding: 'utf8', maxBuffer: 1 << 26 }));
}
