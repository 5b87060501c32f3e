// Pretrains a small V-JEPA on a folder of videos. Stopped with Ctrl-C or killed, and started again, it goes on from its
// last checkpoint and ends in the same numbers.
//
//   node pretrain.js videos runs/first
import { existsSync } from 'node:fs';
import { planPretraining, pretrain, tensorBoardObserver } from '@vjepa/training';

const [, , videos = 'videos', folder = 'runs/first'] = process.argv;

const plan = planPretraining({
  videos,
  model: 'vit_tiny',
  encoder: { imageSize: 64, numFrames: 8, depth: 4 },
  predictor: { embedDim: 96, depth: 3 },
  clips: { frameStep: 2 },
  epochs: 2,
  stepsPerEpoch: 3,
  batchSize: 4,
});
const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());
const { steps, checkpoint } = await pretrain({
  plan,
  folder,
  existing: existsSync(folder) ? 'resume' : 'refuse',
  observers: [tensorBoardObserver()],
  signal: stopping.signal,
});
console.log(`${steps} steps; the encoder is in ${checkpoint}`);
