import { namesShards } from '@vjepa/benchmarks';
import type { EncoderConfig } from '@vjepa/vit';
import { InputError } from '../input-error.js';
import { option, sentence } from '../sentence.js';
import type { FilledInSettings } from './pretraining-settings.js';

/** @throws InputError naming the first setting with which nothing can be trained */
export function checkSettings(settings: FilledInSettings, encoder: EncoderConfig): void {
  const { videos, clips, checkpoints, limits } = settings;
  const refuse = (name: string, expected: InputError['expected'], found: unknown) => {
    throw new InputError({ subject: option(name), expected, found, code: 'setting' });
  };
  const counts = {
    ...{ epochs: settings.epochs, batchSize: settings.batchSize, stepsPerEpoch: settings.stepsPerEpoch },
    ...{ progressEvery: settings.progressEvery, 'clips.frameStep': clips.frameStep },
    ...{ 'checkpoints.every': checkpoints.every, 'checkpoints.keep': checkpoints.keep },
    ...{ 'checkpoints.keepEvery': checkpoints.keepEvery, 'checkpoints.keepEveryEpochs': checkpoints.keepEveryEpochs },
  };
  for (const [name, value] of Object.entries(counts)) {
    if (value === undefined || (Number.isInteger(value) && value >= 1)) continue;
    refuse(name, 'a whole number of at least 1', value);
  }
  for (const [name, share] of Object.entries(limits)) {
    if (!(share >= 0 && share <= 1)) refuse(`limits.${name}`, 'a share from 0 to 1', share);
  }
  if (videos.length === 0) refuse('videos', 'a folder of videos, a list of them, or tar shards', videos);
  if (clips.weights !== undefined && clips.weights.length !== videos.length) {
    refuse('clips.weights', `one weight for each of the ${videos.length} videos`, clips.weights);
  }
  if (videos.some(namesShards) && (!videos.every(namesShards) || clips.weights !== undefined)) {
    throw new InputError({
      subject: option('videos'),
      problem: sentence`tar shards are read one after the other: they go with no list, no folder and no ${option('clips.weights')}`,
      code: 'setting',
    });
  }
  if (encoder.imageSize % encoder.patchSize !== 0) {
    refuse('encoder.imageSize', `a multiple of the patches' side, ${encoder.patchSize}`, encoder.imageSize);
  }
  if (encoder.numFrames < 2 || encoder.numFrames % encoder.tubeletSize !== 0) {
    refuse('encoder.numFrames', `a multiple of a tubelet's frames, ${encoder.tubeletSize}`, encoder.numFrames);
  }
}
