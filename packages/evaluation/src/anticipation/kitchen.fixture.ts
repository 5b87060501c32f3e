import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mersenneTwister } from '@vjepa/random';
import { encodeVideo } from '@vjepa/video';
import {
  initializeVjepa2Encoder,
  initializeVjepa2Predictor,
  vjepa2EncoderConfig,
  vjepa2PredictorConfig,
} from '@vjepa/vit';
import { writePublished } from '../checkpoint/published-models.fixture.js';

/** Frames of an action, and of a second. */
const LENGTH = 16;
const RATE = 8;
const SIDE = 32;

const HEADER = 'narration_id,participant_id,video_id,start_frame,stop_frame,narration,verb_class,noun_class';

/**
 * A kitchen of moving squares in the layout of EPIC-Kitchens-100: the noun is a square's colour, the verb the way it goes.
 * Two training videos of nine actions each, one validation video of nine and of one that the training set does not have.
 */
export async function movingSquaresKitchen(folder: string): Promise<{ annotations: string; videos: string }> {
  const pairs = Array.from({ length: 9 }, (_, i) => [Math.floor(i / 3), i % 3] as const);
  const [annotations, videos] = [join(folder, 'annotations'), join(folder, 'videos')];
  mkdirSync(annotations, { recursive: true });
  const turned = (by: number) => pairs.map((_, i) => pairs[(i * 4 + by) % 9]!);
  const train = [
    ...(await writeVideo(videos, 'P01_01', turned(0))),
    ...(await writeVideo(videos, 'P01_102', turned(5))),
  ];
  const validation = await writeVideo(videos, 'P02_01', [...turned(2), [4, 0]]);
  writeFileSync(join(annotations, 'EPIC_100_train.csv'), `${[HEADER, ...train].join('\n')}\n`);
  writeFileSync(join(annotations, 'EPIC_100_validation.csv'), `${[HEADER, ...validation].join('\n')}\n`);
  const names = { verb: ['push', 'lift', 'drop'], noun: ['plate', 'bowl', 'cup'] };
  for (const [kind, classes] of Object.entries(names)) {
    const rows = classes.map((name, id) => `${id},${name},"['${name}']",${kind}`);
    writeFileSync(join(annotations, `EPIC_100_${kind}_classes.csv`), `id,key,instances,category\n${rows.join('\n')}\n`);
  }
  return { annotations, videos };
}

/** Writes a video of one action after the other, and gives their lines of the annotations. */
async function writeVideo(videos: string, id: string, actions: readonly (readonly [number, number])[]) {
  const participant = id.slice(0, 3);
  const where = join(videos, participant, 'videos');
  mkdirSync(where, { recursive: true });
  const frames = actions.length * LENGTH;
  const data = new Uint8Array(frames * SIDE * SIDE * 3).fill(40);
  for (let t = 0; t < frames; t++) {
    const [verb, noun] = actions[Math.floor(t / LENGTH)]!;
    const along = 2 + (t % LENGTH);
    const [top, left] = [
      [10, along],
      [18 - along, 10],
      [along, 10],
    ][verb % 3]!;
    for (let y = 0; y < 12; y++) {
      for (let x = 0; x < 12; x++) data[((t * SIDE + top! + y) * SIDE + left! + x) * 3 + noun] = 220;
    }
  }
  const video = { frames: { data, frames, height: SIDE, width: SIDE }, rate: RATE };
  await encodeVideo({ ...video, output: join(where, `${id}.mp4`) });
  return actions.map(([verb, noun], i) => {
    return `${id}_${i},${participant},${id},${i * LENGTH},${(i + 1) * LENGTH - 1},something,${verb},${noun}`;
  });
}

/** A small encoder of V-JEPA 2, fresh, for clips of 4 frames of 16 x 16 pixels. */
export const KITCHEN_ENCODER = vjepa2EncoderConfig('vit_tiny', {
  ...{ imageSize: 16, patchSize: 8, numFrames: 4, embedDim: 48, depth: 2, numHeads: 2 },
});

/** Writes it, and a predictor of one block, as published files hold them. */
export async function writeKitchenModels(path: string): Promise<string> {
  const predictor = vjepa2PredictorConfig(KITCHEN_ENCODER, { depth: 1, zeroInitMaskTokens: false });
  return writePublished(path, {
    target_encoder: initializeVjepa2Encoder(KITCHEN_ENCODER, mersenneTwister(1)),
    predictor: initializeVjepa2Predictor(predictor, mersenneTwister(2)),
  });
}
