import { tokenCount } from '@vjepa/masks';
import type { ModelVersion } from './clip-encoder.js';
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
  /** Norms of blocks: levels of V-JEPA 2.1, 0 in V-JEPA 2. */
  levels: number;
  /** Whether the clip was read off a position table that the file carries unused; otherwise it is that of published models. */
  clipRead: boolean;
}

/** Frames and pixels of the clips that published models with a position table were made for. */
const PUBLISHED_CLIPS = {
  '1': [
    { numFrames: 16, imageSize: 224 },
    { numFrames: 16, imageSize: 384 },
  ],
  '2': [
    { numFrames: 64, imageSize: 256 },
    { numFrames: 64, imageSize: 384 },
  ],
} as const;

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
  const named = vjepa2SizeOf(embedDim, hidden);
  const read = table && recognizeEncoder(tensors, table);
  const clip = read && clipOf(read, tensors, PUBLISHED_CLIPS['2']);
  const { numFrames, imageSize } = clip ?? PUBLISHED_CLIPS['2'][0];
  return {
    config: {
      ...{ imageSize, patchSize, numFrames, tubeletSize, embedDim },
      depth: countBlocks(tensors, 'blocks'),
      mlpRatio: mlpRatioOf(hidden, embedDim, named?.mlpRatio),
    },
    likelyHeads: named?.numHeads,
    levels: countBlocks(tensors, 'norms_block'),
    clipRead: clip !== undefined,
  };
}

/** The clip of a position table: what it says, else the published one that has as many tokens. */
function clipOf(
  { config, positionsRead }: RecognizedEncoder,
  tensors: NamedShapes,
  published: readonly ClipSize[],
): ClipSize | undefined {
  if (positionsRead) return config;
  const tokens = tensors.get('pos_embed')!.shape[1];
  return published.find((clip) => tokenCount(tokenGrid({ ...config, ...clip })) === tokens);
}

/** Which V-JEPA an encoder is of, and how that is known. */
export interface EncoderVersion {
  version: ModelVersion;
  /**
   * `structure`: it cannot be another; `published`: it looks like the published models of this version and like none of
   * the others; `none`: nothing tells, and it is taken for one of V-JEPA, which reads its position table.
   */
  evidence: 'structure' | 'published' | 'none';
  /** What tells, or does not, in words that follow "because". */
  ground: string;
}

/**
 * Which V-JEPA an encoder is of. An encoder of V-JEPA adds a position table to its tokens; published files of V-JEPA 2
 * carry one, too, and do not read it, so that names alone do not tell.
 *
 * @param table the elements of `pos_embed`, where there is one
 * @param predictor the predictor that the same file holds
 */
export function encoderVersion(
  tensors: NamedShapes,
  table?: Float32Array | undefined,
  predictor?: NamedShapes | undefined,
): EncoderVersion {
  const structure = (version: ModelVersion, ground: string): EncoderVersion => {
    return { version, evidence: 'structure', ground };
  };
  if (is21(tensors)) return structure('2.1', 'it has an embedding of pictures and norms of several blocks');
  if (!tensors.has('pos_embed')) return structure('2', 'it has no position table');
  if (tensors.get('patch_embed.proj.weight')?.shape.length === 4) return structure('1', 'it is an encoder of pictures');
  if (predictor?.has('predictor_norm.weight')) {
    if (!predictor.has('predictor_pos_embed')) return structure('2', 'the predictor beside it has no position table');
    const maskTokens = countBlocks(predictor, 'mask_tokens');
    if (maskTokens === 10) {
      return { version: '2', evidence: 'published', ground: 'the predictor beside it has 10 mask tokens' };
    }
  }
  const found = table && recognizeEncoder(tensors, table);
  for (const version of ['1', '2'] as const) {
    const published = PUBLISHED_CLIPS[version];
    const clip = found && clipOf(found, tensors, published);
    if (clip === undefined || !published.some((known) => sameClip(known, clip))) continue;
    const ground = `its position table is for ${clip.numFrames} frames of ${clip.imageSize} x ${clip.imageSize}`;
    return { version, evidence: 'published', ground };
  }
  const embedDim = tensors.get('patch_embed.proj.weight')?.shape[0];
  if (embedDim === 1408 || embedDim === 1664) {
    return { version: '2', evidence: 'published', ground: `it is ${embedDim} wide, as V-JEPA 2's giants are` };
  }
  return {
    version: '1',
    evidence: 'none',
    ground: 'it has a position table, which files of V-JEPA 2 may carry unread',
  };
}

function sameClip(a: ClipSize, b: ClipSize): boolean {
  return a.numFrames === b.numFrames && a.imageSize === b.imageSize;
}

function is21(tensors: NamedShapes): boolean {
  return tensors.has('norms_block.0.weight') || tensors.has('patch_embed_img.proj.weight');
}
