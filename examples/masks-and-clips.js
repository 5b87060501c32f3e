// Clips and masks alone: the middle of a video, and which of its tokens a model sees and which it predicts.
//
//   node masks-and-clips.js clip.mp4
import { createMaskSampler, maskToText } from '@vjepa/masks';
import { mersenneTwister } from '@vjepa/random';
import { centreClip } from '@vjepa/video';

const [, , file = 'clip.mp4'] = process.argv;

const clip = await centreClip(file, { framesPerClip: 16, frameStep: 4, size: 224 });
console.log(`frames ${clip.frames.join(' ')} of ${clip.path}: ${clip.pixels.length} bytes, [16, 224, 224, 3]`);

// Tubelets of 2 frames and 16 x 16 pixels. Blocks of 15 % of the frame are predicted, and what 8 of them leave is seen.
const grid = { depth: 8, height: 14, width: 14 };
const sampler = createMaskSampler({
  grid,
  kind: 'multiblock3d',
  masks: [{ spatialScale: [0.15, 0.15], temporalScale: [1, 1], aspectRatio: [0.75, 1.5], numBlocks: 8 }],
});
for (const mask of sampler.sample({ batchSize: 1, call: 0, random: mersenneTwister(0) })) {
  console.log(`${mask.context.shape[1]} tokens seen (#), ${mask.target.shape[1]} predicted (.)`);
  console.log(maskToText(mask, 0, grid));
}
