import { join } from 'node:path';
import { inspectCheckpoint } from '@vjepa/checkpoints';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import {
  clipEncoderConfig,
  encoderConfig,
  predictorConfig,
  predictorParameterShapes,
  type Vjepa2EncoderConfig,
  vjepa2EncoderConfig,
  vjepa2EncoderParameterShapes,
} from '@vjepa/vit';
import { describe, expect, it } from 'vitest';
import { loadEncoder } from './load-encoder.js';
import { carriedTable, type StoredModel, writePublished, zeros } from './published-models.fixture.js';

const folder = temporaryFolder('which-vjepa');
const written = (name: string, models: Record<string, StoredModel>) =>
  writePublished(join(folder, `${name}.pt`), models);

const SIZES = { depth: 2, embedDim: 192, numHeads: 3 };
const SECOND = vjepa2EncoderConfig('vit_tiny', SIZES);
const second = zeros(vjepa2EncoderParameterShapes(SECOND));
const predictorOf = (numMaskTokens: number) => {
  const config = predictorConfig(encoderConfig('vit_tiny', { ...SIZES, imageSize: 32, numFrames: 4 }), {
    ...{ depth: 1, numMaskTokens },
  });
  return zeros(predictorParameterShapes(config));
};

describe('an encoder with a position table, which V-JEPA reads and V-JEPA 2 does not', () => {
  it.each([
    ['2', 'beside a predictor of 10 mask tokens', { ...second, ...carriedTable(4, 32) }, 10, /has 10 mask tokens/],
    ['2', 'for 64 frames of 384 x 384', { ...second, ...carriedTable(64, 384) }, 2, /for 64 frames of 384 x 384/],
    ['1', 'for 16 frames of 224 x 224', { ...second, ...carriedTable(16, 224) }, 2, /for 16 frames of 224 x 224/],
    [
      '1',
      'that nothing tells from V-JEPA 2',
      { ...second, ...carriedTable(4, 32) },
      2,
      /may carry unread; if it is one of/,
    ],
  ] as const)('is one of V-JEPA %s %s, and a note says why', async (version, name, encoder, maskTokens, ground) => {
    const path = await written(name, { encoder, predictor: predictorOf(maskTokens) });
    const loaded = await loadEncoder(path);
    expect('version' in loaded.encoder ? loaded.encoder.version : '1').toBe(version);
    expect(loaded.notes[0]).toMatch(ground);
    // What an inspection calls it is the same, or open where nothing tells.
    const { models } = await inspectCheckpoint(path);
    expect(models.map((model) => model.version)).toEqual(
      Array(2).fill(ground.source.includes('unread') ? undefined : version === '1' ? 'V-JEPA' : 'V-JEPA 2'),
    );
    // Who says so has it otherwise, without a word.
    const other = version === '1' ? '2' : '1';
    const said = await loadEncoder(path, undefined, { version: other });
    expect('version' in said.encoder ? said.encoder.version : '1').toBe(other);
    expect(said.notes.filter((note) => note.includes('read as'))).toEqual([]);
  });

  it('is refused where the table is none of V-JEPA’s either, until a model is named', async () => {
    const path = await written('open', {
      encoder: { ...second, pos_embed: { shape: [1, 9, 192], data: new Float32Array(1728) } },
    });
    await expect(loadEncoder(path)).rejects.toThrow(
      /a position table for 9 tokens that is none of V-JEPA's, .* nothing tells which of the two it is of; name its model$/,
    );
    expect((await loadEncoder(path, SECOND)).encoder).toEqual(SECOND);
    expect((await loadEncoder(path, undefined, { version: '1' })).encoder).toMatchObject({
      imageSize: 48,
      numFrames: 2,
    });
  });

  it('keeps the clip that its table was made for, and has the published one where it has none', async () => {
    const path = await written('clip', { encoder: { ...second, ...carriedTable(8, 96) } });
    expect((await loadEncoder(path, undefined, { version: '2' })).encoder).toMatchObject({
      numFrames: 8,
      imageSize: 96,
    });
    const bare = await written('bare', { encoder: second });
    expect((await loadEncoder(bare)).encoder).toEqual(SECOND);
  });

  it('of a giant has its 22 heads, of a gigantic one 26', async () => {
    for (const [name, numHeads] of [
      ['vjepa2_vit_giant_xformers', 22],
      ['vjepa2_vit_gigantic_xformers', 26],
    ] as const) {
      const small = { ...(clipEncoderConfig(name) as Vjepa2EncoderConfig), depth: 1 };
      const path = await written(name, { encoder: zeros(vjepa2EncoderParameterShapes(small)) });
      expect((await loadEncoder(path)).encoder).toEqual({ ...small, numHeads });
    }
  });
});

/** Parameters of no further interest. */
