import { join } from 'node:path';
import { convertCheckpoint } from '@vjepa/checkpoints';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { readReferenceParameters } from '../checkpoint/reference-parameters.js';
import { loadPredictingModels } from './load-predicting-models.js';

const path = fixture('vjepa2-checkpoint/checkpoint.pt');
const known = { version: '2', numHeads: 1, predictorHeads: 1 } as const;

describe('loadPredictingModels', () => {
  it('takes the encoder for the context and its moving average for the targets, as in training', async () => {
    const { encoder, parameters, predictor, target, notes } = await loadPredictingModels(path, known);
    const stored = await readReferenceParameters(path, ['encoder', 'target_encoder']);
    const name = 'blocks.0.attn.qkv.weight';
    expect(parameters[name]!.data).toEqual(stored.encoder[name]!.data);
    expect(target!.parameters[name]!.data).toEqual(stored.target_encoder[name]!.data);
    expect(encoder).toMatchObject({ version: '2', embedDim: 20 });
    expect(predictor).toMatchObject({ version: '2', embedDim: 16, outputDim: 20 });
    expect(notes.at(-1)).toContain("'encoder' sees the context, 'target_encoder' the whole clip, as in training");
  });

  it('takes one encoder for both where it is named', async () => {
    const { parameters, target } = await loadPredictingModels(path, { ...known, key: 'target_encoder' });
    const stored = await readReferenceParameters(path, ['target_encoder']);
    expect(parameters['norm.weight']!.data).toEqual(stored.target_encoder['norm.weight']!.data);
    expect(target).toBeUndefined();
  });

  it("takes the average of a distilled model for the context: what it predicts is its teacher's", async () => {
    const distilled = fixture('vjepa21-checkpoint/checkpoint.pt');
    const { encoder, parameters, predictor, target } = await loadPredictingModels(distilled, {
      ...known,
      version: '2.1',
    });
    const stored = await readReferenceParameters(distilled, ['ema_encoder']);
    expect(parameters['norms_block.0.weight']!.data).toEqual(stored.ema_encoder['norms_block.0.weight']!.data);
    expect([encoder.embedDim, predictor.outputDim, target]).toEqual([16, 24, undefined]);
  });

  it('takes encoder, predictor and target from files of their own', async () => {
    const folder = temporaryFolder('predicting-models');
    const [own, other] = [join(folder, 'encoder.safetensors'), join(folder, 'predictor.safetensors')];
    await convertCheckpoint(path, own, { key: 'encoder' });
    await convertCheckpoint(path, other, { key: 'predictor' });
    const whole = await loadPredictingModels(path, known);
    const { encoder } = whole;
    const files = { predictor: other, target: path, targetHeads: 1 };
    const parts = await loadPredictingModels(own, { ...known, encoder, ...files });
    expect(parts.target!.parameters).toEqual(whole.target!.parameters);
    // Nothing in the target's file tells which V-JEPA it is of: it is of the encoder's.
    const { target } = await loadPredictingModels(own, { ...files, target: own, encoder, predictorHeads: 1 });
    expect(target!.encoder).toMatchObject({ version: '2' });
    const later = fixture('vjepa21-checkpoint/checkpoint.pt');
    await expect(loadPredictingModels(path, { ...known, encoder, target: later })).rejects.toThrow(
      /vjepa21-checkpoint.*holds an encoder of V-JEPA 2\.1, .*; expected one of V-JEPA 2\./,
    );
    expect(parts.parameters).toEqual(whole.parameters);
    expect(parts.predictorParameters).toEqual(whole.predictorParameters);
  });

  it('says what a file is that holds no predictor', async () => {
    const alone = join(temporaryFolder('no-predictor'), 'encoder.safetensors');
    await convertCheckpoint(path, alone, { key: 'encoder' });
    const { encoder } = await loadPredictingModels(path, known);
    await expect(loadPredictingModels(alone, { ...known, encoder })).rejects.toThrow(
      /encoder\.safetensors: .*is no predictor: it holds .*V-JEPA 2.*; give that file as `predictor`$/,
    );
  });

  it('asks for the heads that no tensor tells, by their names', async () => {
    await expect(loadPredictingModels(path, { version: '2', numHeads: 1 })).rejects.toThrow(
      'the predictor is 16 wide and not 384, as the published ones are, and no tensor tells its number of heads: ' +
        'give `numHeads: N`; of a predictor that is `predictorHeads: N`',
    );
    const { encoder } = await loadPredictingModels(path, known);
    await expect(loadPredictingModels(path, { ...known, encoder, target: path })).rejects.toThrow(
      'give `numHeads: N`; of a target that is `targetHeads: N`',
    );
  });

  it("gives V-JEPA's predictor the positions of the clips asked for, also where they have as many tokens", async () => {
    const small = fixture('pretrain-small/initial.pth.tar');
    const heads = { numHeads: 3, predictorHeads: 3 };
    const { encoder, predictorParameters, notes } = await loadPredictingModels(small, heads);
    expect(notes.join()).not.toContain('takes its place');
    // 4 x 4 x 4 tokens in the file, and 16 x 2 x 2.
    const long = { ...encoder, numFrames: 32, imageSize: 32 };
    const other = await loadPredictingModels(small, { ...heads, encoder: long });
    expect(other.notes.join()).toContain("predictor_pos_embed was made for other clips; the model's own table");
    const table = ({ predictor_pos_embed: positions }: typeof predictorParameters) => positions!;
    expect(table(other.predictorParameters).shape).toEqual(table(predictorParameters).shape);
    expect(table(other.predictorParameters).data).not.toEqual(table(predictorParameters).data);
  });
});
