import { join } from 'node:path';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import {
  clipEncoderConfig,
  encoderConfig,
  encoderParameterShapes,
  positionTable,
  vjepa2EncoderConfig,
  vjepa2EncoderParameterShapes,
  vjepa2PredictorConfig,
  vjepa2PredictorParameterShapes,
  vjepa21EncoderConfig,
  vjepa21PredictorConfig,
} from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadEncoder } from './load-encoder.js';
import { loadPredictor } from './load-predictor.js';
import { carriedTable, type StoredModel, writePublished, zeros } from './published-models.fixture.js';

const folder = temporaryFolder('wrong-models');
const written = (name: string, models: Record<string, StoredModel>) =>
  writePublished(join(folder, `${name}.pt`), models);

describe('what does not fit is one error, which says what the file is and what to ask for', () => {
  const SECOND_TINY = vjepa2EncoderConfig('vit_tiny');
  const LATEST = vjepa21EncoderConfig('vit_tiny');
  let files: Record<'first' | 'second' | 'latest' | 'probe', string>;
  beforeAll(async () => {
    const first = encoderConfig('vit_tiny', { numFrames: 16, imageSize: 224 });
    files = {
      first: await written('pair-1', {
        target_encoder: {
          ...zeros(encoderParameterShapes(first)),
          pos_embed: { shape: [1, 1568, 192], data: positionTable(first).data },
        },
      }),
      second: await written('pair-2', {
        encoder: { ...zeros(vjepa2EncoderParameterShapes(SECOND_TINY)), ...carriedTable() },
        predictor: zeros(vjepa2PredictorParameterShapes(vjepa2PredictorConfig(SECOND_TINY))),
      }),
      latest: await written('pair-2.1', {
        ema_encoder: zeros(vjepa2EncoderParameterShapes(LATEST)),
        predictor: zeros(vjepa2PredictorParameterShapes(vjepa21PredictorConfig(LATEST, { depth: 4 }))),
      }),
      probe: fixture('probe-small/probe.pth.tar'),
    };
  });

  const refusal = async (loading: Promise<unknown>) => {
    const { name, message } = await loading.then(
      () => ({ name: 'none', message: 'was loaded' }),
      (error: Error) => error,
    );
    expect([name, message.split('\n').length]).toEqual(['InputError', 1]);
    return message;
  };

  it.each([
    [
      'latest',
      'vjepa2_vit_tiny',
      /an encoder of V-JEPA 2\.1, vjepa2_1_vit_tiny .*: it has an embedding of pictures or norms .*expected one of V-JEPA 2\. Ask for `model: 'vjepa2_1_vit_tiny'`, or for none$/,
    ],
    [
      'second',
      'vjepa2_1_vit_tiny',
      /an encoder of V-JEPA 2, vjepa2_vit_tiny .*expected one of V-JEPA 2\.1\. Ask for `model: 'vjepa2_vit_tiny'`/,
    ],
    [
      'second',
      'vit_tiny',
      /an encoder of V-JEPA 2, .* no position table; expected one of V-JEPA\. Ask for `model: 'vjepa2_vit_tiny'`/,
    ],
    [
      'first',
      'vjepa2_vit_tiny',
      /an encoder of V-JEPA, .*for 16 frames of 224 x 224; expected one of V-JEPA 2\. Ask for `model: 'vit_tiny'`, or for none$/,
    ],
    ['second', 'vjepa2_vit_large', /12 blocks of width 192; vjepa2_vit_large has 24 of width 1024\. Name the model/],
    [
      'probe',
      'vjepa2_vit_large',
      /the file is no encoder: it holds V-JEPA attentive probe of depth 1.*name the encoder's own file or key; this is for `loadProbe`/,
    ],
  ] as const)('%s as %s', async (file, model, message) => {
    expect(await refusal(loadEncoder(files[file], model))).toMatch(message);
    if (file === 'probe') return;
    expect(await refusal(loadEncoder(files[file], clipEncoderConfig(model)))).toMatch(message);
  });

  it('an encoder as predictor, and a predictor as encoder', async () => {
    expect(await refusal(loadPredictor(files.second, SECOND_TINY, { key: 'encoder' }))).toMatch(
      /'encoder' is no predictor: it holds V-JEPA 2 ViT-Ti\/16; name the predictor's own file or key; this is for `loadEncoder`/,
    );
    expect(await refusal(loadPredictor(files.first, SECOND_TINY))).toMatch(
      /the file is no predictor: it holds .*ViT-Ti/,
    );
    expect(await refusal(loadEncoder(files.second, undefined, { key: 'predictor' }))).toMatch(
      /'predictor' is no encoder/,
    );
    const usual = zeros(vjepa2PredictorParameterShapes(vjepa2PredictorConfig(SECOND_TINY)));
    const actions = { 'action_encoder.weight': { shape: [384, 7], data: new Float32Array(384 * 7) } };
    const robot = await written('robot', { predictor: { ...usual, ...actions } });
    expect(await refusal(loadPredictor(robot, SECOND_TINY))).toMatch(
      /'predictor' is no predictor: it holds V-JEPA 2 action-conditioned predictor of 12 blocks; name the predictor's own file or key$/,
    );
  });

  it('a predictor of another encoder', async () => {
    const small = vjepa2EncoderConfig('vit_small');
    expect(await refusal(loadPredictor(files.second, small))).toMatch(
      /takes tokens 192 wide, the encoder's are 384 wide; name the file of the predictor that was trained with this/,
    );
    expect(await refusal(loadPredictor(files.latest, SECOND_TINY))).toMatch(
      /is one of V-JEPA 2\.1, the encoder of V-JEPA 2;/,
    );
    expect(await refusal(loadPredictor(files.second, LATEST))).toMatch(
      /is one of V-JEPA.* 2, the encoder of V-JEPA 2\.1;/,
    );
  });

  it('every name that is missing, unexpected or misshaped is listed', async () => {
    const { 'norm.bias': bias, ...rest } = zeros(vjepa2EncoderParameterShapes(SECOND_TINY));
    const path = await written('odd', {
      encoder: { ...rest, 'blocks.0.ls1.gamma': bias!, 'norm.weight': { shape: [191], data: new Float32Array(191) } },
    });
    await expect(loadEncoder(path, SECOND_TINY)).rejects.toThrow(
      /does not fit .* 3 places:\s+missing norm\.bias\s+unexpected blocks\.0\.ls1\.gamma\s+norm\.weight has shape \[191\], expected \[192\]/,
    );
  });
});
