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
import { loadPredictor } from './load-predictor.js';
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

  // 1568 tokens are those of V-JEPA's published clips.
  it.each([1568, 9])(
    'is refused where the table of %i tokens is none of V-JEPA’s either, until a model is named',
    async (tokens) => {
      const path = await written(`open-${tokens}`, {
        encoder: { ...second, pos_embed: { shape: [1, tokens, 192], data: new Float32Array(192 * tokens) } },
      });
      await expect(loadEncoder(path)).rejects.toThrow(
        `a position table for ${tokens} tokens that is none of V-JEPA's, and files of V-JEPA 2 may carry one unread: nothing ` +
          'tells which of the two it is of; name its model',
      );
      if (tokens === 1568) return;
      expect((await loadEncoder(path, SECOND)).encoder).toEqual(SECOND);
      expect((await loadEncoder(path, undefined, { version: '1' })).encoder).toMatchObject({
        imageSize: 48,
        numFrames: 2,
      });
    },
  );

  it('keeps the clip that its table was made for, and has the published one where it has none', async () => {
    const path = await written('clip', { encoder: { ...second, ...carriedTable(8, 96) } });
    expect((await loadEncoder(path, undefined, { version: '2' })).encoder).toMatchObject({
      numFrames: 8,
      imageSize: 96,
    });
    const bare = await written('bare', { encoder: second });
    expect((await loadEncoder(bare)).encoder).toEqual(SECOND);
  });

  it('has a predictor that is read as the encoder is, and a note says what speaks against it', async () => {
    const { encoder } = await loadEncoder(await written('first', { encoder: { ...second, ...carriedTable(4, 32) } }));
    const path = await written('ten', { predictor: predictorOf(10) });
    const { notes } = await loadPredictor(path, encoder, { key: 'predictor' });
    expect(notes[0]).toBe(
      `${path}: read as V-JEPA, as the encoder is; its predictor has 10 mask tokens, as those of V-JEPA 2 are published`,
    );
  });

  it('has as many heads as it is asked for with, and a note says how many published ones have', async () => {
    const path = await written('sixteen', { encoder: second });
    const { encoder, notes } = await loadEncoder(path, undefined, { numHeads: 6 });
    expect([encoder.numHeads, notes[0]]).toEqual([
      6,
      `${path}: 6 heads, as asked for; published models of this width have 3: no tensor tells`,
    ]);
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
