import { tokenCount } from '@vjepa/masks';
import { countBlocks, type NamedShapes } from './count-blocks.js';
import { type EncoderConfig, tokenGrid } from './encoder-config.js';
import { mlpRatioOf, type RecognizedEncoder, recognizeEncoder } from './recognize-encoder.js';
import { type Vjepa2EncoderConfig, vjepa2SizeOf } from './vjepa2-encoder-config.js';

/** What the parameters of an encoder of V-JEPA 2 or 2.1 tell about its configuration. */
export interface RecognizedVjepa2Encoder {
  /** Fields that names and shapes fix, and the clip. */
  config: Pick<
    Vjepa2EncoderConfig,
    'imageSize' | 'patchSize' | 'numFrames' | 'tubeletSize' | 'embedDim' | 'depth' | 'mlpRatio'
  >;
  /** The heads of the named encoder of this width and MLP, 22 of the giant, 26 of the gigantic: no tensor tells them. */
  likelyHeads: number | undefined;
  /** Whether the clip was read off a position table that the file carries unused; otherwise it is that of published models. */
  clipRead: boolean;
}

/** Clips that published models of V-JEPA 2 were made for; those of V-JEPA 2.1 are all of the second. */
const PUBLISHED_CLIPS: readonly ClipSize[] = [
  { numFrames: 64, imageSize: 256 },
  { numFrames: 64, imageSize: 384 },
];

type ClipSize = Pick<EncoderConfig, 'numFrames' | 'imageSize'>;

/**
 * The configuration of an encoder of V-JEPA 2 or 2.1 from its parameters, by the names of the reference state dict.
 *
 * @param table the elements of `pos_embed`, [N, D], where there is one: it tells the clip, and is of no other use
 * @returns undefined when these are not the parameters of an encoder of videos
 */
export function recognizeVjepa2Encoder(
  tensors: NamedShapes,
  table?: Float32Array | undefined,
): RecognizedVjepa2Encoder | undefined {
  const patches = tensors.get('patch_embed.proj.weight')?.shape;
  const hidden = tensors.get('blocks.0.mlp.fc1.weight')?.shape[0];
  if (patches?.length !== 5 || hidden === undefined) return undefined;
  const [embedDim, , tubeletSize, patchSize] = patches as [number, number, number, number];
  const is21 = countBlocks(tensors, 'norms_block') > 0;
  const named = vjepa2SizeOf(embedDim, hidden);
  const read = table && recognizeEncoder(tensors, table);
  const clip = read && clipOf(read, tensors);
  const { numFrames, imageSize } = clip ?? PUBLISHED_CLIPS[is21 ? 1 : 0]!;
  return {
    config: {
      ...{ imageSize, patchSize, numFrames, tubeletSize, embedDim },
      depth: countBlocks(tensors, 'blocks'),
      mlpRatio: mlpRatioOf(hidden, embedDim, named?.mlpRatio),
    },
    likelyHeads: named?.numHeads,
    clipRead: clip !== undefined,
  };
}

/** The clip of a position table: what it says, else the published one that has as many tokens. */
function clipOf({ config, positionsRead }: RecognizedEncoder, tensors: NamedShapes): ClipSize | undefined {
  if (positionsRead) return config;
  const tokens = tensors.get('pos_embed')!.shape[1];
  return PUBLISHED_CLIPS.find((clip) => tokenCount(tokenGrid({ ...config, ...clip })) === tokens);
}
