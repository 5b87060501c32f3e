import { countBlocks } from './count-blocks.js';
import type { Shapes } from './expected-names.js';
import type { ModelVersion } from './recognized-model.js';

/** What tells which V-JEPA an encoder or a predictor is of. */
export interface VersionEvidence {
  version: ModelVersion;
  /** Whether it cannot be another; otherwise it is like the published models of this version, and like none of the others. */
  certain: boolean;
  /** What tells, in words that follow "because". */
  ground: string;
}

/** Clips of published encoders, frames and pixels, by what reads their position tables; patches are of 2 x 16 x 16. */
const PUBLISHED_CLIPS = [
  { version: 'V-JEPA', frames: 16, size: 224 },
  { version: 'V-JEPA', frames: 16, size: 384 },
  { version: 'V-JEPA 2', frames: 64, size: 256 },
  { version: 'V-JEPA 2', frames: 64, size: 384 },
] as const;

/** Widths of encoders that V-JEPA 2 alone has. */
const GIANTS: ReadonlySet<number> = new Set([1408, 1664]);

/** V-JEPA 2's published predictors have this many; V-JEPA's, one for each kind of mask, fewer. */
const PUBLISHED_MASK_TOKENS = 10;

/**
 * Which V-JEPA an encoder or a predictor is of, as far as names and shapes tell. V-JEPA adds a position table to its tokens;
 * published files of V-JEPA 2 carry one, too, and do not read it, so that names alone do not always tell.
 *
 * @param tensors names without the wrappers of training
 * @returns undefined where nothing tells, and of other models
 */
export function modelVersion(tensors: Shapes): VersionEvidence | undefined {
  if (tensors.has('patch_embed.proj.weight')) return encoderVersion(tensors);
  if (tensors.has('action_encoder.weight')) return certain('V-JEPA 2', 'it is told actions');
  return tensors.has('predictor_proj.weight') ? predictorVersion(tensors) : undefined;
}

function encoderVersion(tensors: Shapes): VersionEvidence | undefined {
  const patches = tensors.get('patch_embed.proj.weight')!.shape;
  if (tensors.has('norms_block.0.weight') || tensors.has('patch_embed_img.proj.weight')) {
    return certain('V-JEPA 2.1', 'it has an embedding of pictures or norms of several blocks');
  }
  const table = tensors.get('pos_embed')?.shape;
  if (table === undefined) return certain('V-JEPA 2', 'it has no position table');
  if (patches.length === 4) return certain('V-JEPA', 'it is an encoder of pictures');
  const clip = PUBLISHED_CLIPS.find(({ frames, size }) => (frames / 2) * (size / 16) ** 2 === table[1]);
  if (clip !== undefined) {
    const { version, frames, size } = clip;
    return { version, certain: false, ground: `its position table is for ${frames} frames of ${size} x ${size}` };
  }
  if (!GIANTS.has(patches[0]!)) return undefined;
  return { version: 'V-JEPA 2', certain: false, ground: `it is ${patches[0]} wide, as V-JEPA 2's giants are` };
}

function predictorVersion(tensors: Shapes): VersionEvidence | undefined {
  if (tensors.has('predictor_proj_context.weight')) return certain('V-JEPA 2.1', 'it predicts what is seen, too');
  if (!tensors.has('predictor_pos_embed')) return certain('V-JEPA 2', 'its predictor has no position table');
  if (countBlocks('mask_tokens', tensors.keys()) !== PUBLISHED_MASK_TOKENS) return undefined;
  return { version: 'V-JEPA 2', certain: false, ground: `its predictor has ${PUBLISHED_MASK_TOKENS} mask tokens` };
}

function certain(version: ModelVersion, ground: string): VersionEvidence {
  return { version, certain: true, ground };
}
