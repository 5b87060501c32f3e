import { imagenetNormalization } from '@vjepa/video';
import { IMAGENET_MEAN, IMAGENET_STD } from '@vjepa/vit';
import { expect, it } from 'vitest';

it('clips normalised by the loader are those that the encoder was trained on', () => {
  expect(imagenetNormalization.mean).toEqual(IMAGENET_MEAN.map((value) => 255 * value));
  expect(imagenetNormalization.std).toEqual(IMAGENET_STD.map((value) => 255 * value));
});
