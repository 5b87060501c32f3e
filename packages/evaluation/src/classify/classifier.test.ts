import '@vjepa/test-kit/all-close';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { writeTorchCheckpoint } from '@vjepa/checkpoints';
import { toTensors } from '@vjepa/engine';
import { attentiveProbeConfig, clipFeatures, initializeProbe, probeLogits } from '@vjepa/probe';
import { mersenneTwister } from '@vjepa/random';
import { useBackend } from '@vjepa/test-kit/backends';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { vjepa2EncoderConfig } from '@vjepa/vit';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ClassifierOptions, loadClassifier } from './classifier.js';
import { CLASSIFIER, ENCODER, parametersOf, recorded } from './recorded-classifier.fixture.js';

const folder = temporaryFolder('classifiers');

/** What a recorded probe was trained as: tensors do not tell its 4 heads. */
const TRAINED: ClassifierOptions = { numHeads: 4 };

describe('a classifier of transformers', () => {
  beforeAll(() => useBackend('wasm'));

  /** [B, T, C, H, W] as transformers has it -> [B, C, T, H, W] */
  const clip = (name: string) => tf.transpose(toTensors({ clip: recorded[name]! }).clip!, [0, 2, 1, 3, 4]);

  async function logits(options: ClassifierOptions): Promise<number[]> {
    const { encoder, probe, parameters, layers } = await loadClassifier(CLASSIFIER, ENCODER, options);
    const theta = toTensors(await parametersOf('encoder'));
    const shared = { normalizedClips: true, joinLayers: 'tokens' } as const;
    const tokens = clipFeatures(encoder, theta, clip('pixel_values_videos'), { ...shared, layers });
    return [...probeLogits(probe, [toTensors(parameters)], tokens)[0]!.dataSync()];
  }

  const difference = (found: number[], expected: number[]) =>
    Math.max(...found.map((value, i) => Math.abs(value - expected[i]!))) / Math.max(...expected.map(Math.abs));

  it('is asked as it was trained, or as transformers asks it', async () => {
    expect(await logits(TRAINED)).toBeAllClose(recorded['as_trained.logits']!.data, { ofLargest: 1e-5 });
    expect(await logits({ as: 'hugging-face' })).toBeAllClose(recorded.logits!.data, { ofLargest: 1e-5 });
  });

  // How much each alone changes the logits, of the largest: the recording's own figures are 5.6 %, 4.1e-6 and 16.7 %.
  it('differs by the number of heads', async () => {
    const own = await logits({ as: 'hugging-face' });
    const sixteen = difference(await logits({ numHeads: 2 }), await logits(TRAINED));
    expect(sixteen).toBeGreaterThan(0.04);
    expect(difference(await logits({ numHeads: 2 }), own)).toBeLessThan(1e-5);
  });

  it("differs by the norms' epsilon", async () => {
    const own = await logits({ as: 'hugging-face' });
    expect(difference(await logits({ numHeads: 2 }), own)).toBeGreaterThan(2e-6);
    const [trained, transformers] = [
      await loadClassifier(CLASSIFIER, ENCODER, TRAINED),
      await loadClassifier(CLASSIFIER, ENCODER, { as: 'hugging-face' }),
    ];
    const epsilons = [trained.probe.layerNormEpsilon, transformers.probe.layerNormEpsilon];
    expect(epsilons).toEqual([1e-5, 1e-6]);
  });

  it('differs by the layers that the probe sees', async () => {
    const layers = [1, 2, 3];
    const joined = await logits({ ...TRAINED, layers });
    expect(joined).toBeAllClose(recorded['as_trained.logits_of_layers']!.data, { ofLargest: 1e-5 });
    expect(difference(joined, await logits(TRAINED))).toBeGreaterThan(0.1);
    expect(await logits({ as: 'hugging-face', layers })).toEqual(await logits({ as: 'hugging-face' }));
  });

  it("differs by the places of a clip's tokens, where it is not the model's square crop", async () => {
    const theta = toTensors(await parametersOf('encoder'));
    const wide = async (as: ClassifierOptions['as']) => {
      const { encoder } = await loadClassifier(CLASSIFIER, ENCODER, { ...TRAINED, as });
      const features = clipFeatures(encoder, theta, clip('wide.pixel_values_videos'), { normalizedClips: true });
      return features.dataSync();
    };
    expect(await wide('trained')).toBeAllClose(recorded['as_trained.wide_features']!.data, { ofLargest: 1e-5 });
    expect(await wide('hugging-face')).toBeAllClose(recorded['wide.last_hidden_state']!.data, { ofLargest: 1e-5 });
  });

  it('names its classes', async () => {
    const { classNames } = await loadClassifier(CLASSIFIER, ENCODER, TRAINED);
    expect(classNames).toEqual(['class 0', 'class 1', 'class 2', 'class 3', 'class 4', 'class 5']);
  });
});

describe('a file of several probes', () => {
  const file = join(folder, 'ssv2-vitl-16x2x3.pt');

  beforeAll(async () => {
    const tensors = await parametersOf('classifier');
    const scaled = (factor: number) =>
      new Map(
        Object.entries(tensors).map(([name, { shape, data }]) => {
          return [`module.${name}`, { shape, data: data.map((value) => value * factor) }] as const;
        }),
      );
    const state = (lr: number, weight_decay: number) => ({
      state: {},
      param_groups: [{ lr, weight_decay, eps: 1e-8 }],
    });
    await writeTorchCheckpoint(file, {
      classifiers: [scaled(1), scaled(2), scaled(3)],
      opt: [state(5e-3, 0.01), state(5e-3, 0.8), state(1e-3, 0.8)],
      scaler: null,
      epoch: 20,
      batch_size: 4,
      world_size: 64,
    });
  });

  const bias = async (head?: number) => {
    const { parameters, notes } = await loadClassifier(file, ENCODER, { ...TRAINED, head });
    return { value: parameters['linear.bias']!.data[0]!, notes };
  };

  it('has nothing that says which did best: the first is taken, and the others can be', async () => {
    const [first, third] = [await bias(), await bias(2)];
    expect(third.value / first.value).toBeCloseTo(3, 5);
    expect(first.notes).toEqual([
      `${file}: holds 3 probes that were trained with different lr (0.005, 0.001) and weight_decay (0.01, 0.8), and ` +
        'nothing that says which did best; the first is taken',
    ]);
    expect((await bias(0)).notes).toEqual([]);
  });

  it.each([3, -1, 0.5])('has no probe %d', async (head) => {
    await expect(bias(head)).rejects.toThrow(
      `${file}: holds 3 probes, 0 to 2, \`head\` is ${head}; choose one of them`,
    );
  });
});

describe('a probe that does not fit', () => {
  const said = (path: string, encoder = ENCODER, options: ClassifierOptions = TRAINED) =>
    loadClassifier(path, encoder, options).then(
      () => 'nothing',
      (error) => error.message,
    );

  it('is of another width', async () => {
    const large = vjepa2EncoderConfig('vit_large');
    expect(await said(CLASSIFIER, large)).toBe(
      `${CLASSIFIER}: the probe reads features 24 wide, and the encoder's are 1024 (vjepa2_vit_large); give the encoder ` +
        'that the probe was trained on, or another probe',
    );
  });

  it('is none', async () => {
    const path = fixture('vjepa2-checkpoint/checkpoint.pt');
    expect(await said(path)).toMatch(/checkpoint\.pt: holds no probe: it is V-JEPA .*; name the file of a probe$/);
  });

  it('is one, and no list of several', async () => {
    expect(await said(CLASSIFIER, ENCODER, { ...TRAINED, head: 1 })).toBe(
      `${CLASSIFIER}: holds one probe, \`head\` is 1; leave it out`,
    );
  });

  it('has other heads than divide its width', async () => {
    expect(await said(CLASSIFIER, ENCODER, {})).toBe(
      `${CLASSIFIER}: no tensor tells its number of heads: probe config: embedDim 24 cannot be split over 16 heads; choose ` +
        'numHeads among its divisors; give `numHeads`',
    );
  });

  it('is of an encoder that transformers does not have', async () => {
    const encoder = { ...ENCODER, version: '2.1', normLayers: [0, 1, 2] } as const;
    expect(await said(CLASSIFIER, encoder, { as: 'hugging-face' })).toContain("`as: 'hugging-face'` is for encoders");
  });

  it('is used in a way that there is not', async () => {
    const options = { as: 'transformers' } as unknown as ClassifierOptions;
    expect(await said(CLASSIFIER, ENCODER, options)).toContain('`as`');
  });

  it('has the form of another version: that may be meant, and a note says so', async () => {
    const path = fixture('probe-small/probe.pth.tar');
    const encoder = vjepa2EncoderConfig('vit_tiny', { embedDim: 48, depth: 2, numHeads: 3 });
    const { notes, task } = await loadClassifier(path, encoder, {});
    expect(notes).toEqual([`${path}: the probe has the form of V-JEPA's, and the encoder is one of V-JEPA 2`]);
    expect(task).toBeUndefined();
  });

  it('may be one of V-JEPA 2, whose features those of V-JEPA 2.1 are not: a note says so', async () => {
    const path = join(folder, 'ssv2.pt');
    const probe = attentiveProbeConfig(ENCODER, 174, { selfAttention: 'before', numHeads: 4 });
    await writeTorchCheckpoint(path, { classifier: initializeProbe(probe, mersenneTwister(0)) });
    const later = { ...ENCODER, version: '2.1', normLayers: [0, 1, 2] } as const;
    expect((await loadClassifier(path, later, TRAINED)).notes).toEqual([
      expect.stringContaining('reads features of V-JEPA 2, and the encoder is one of V-JEPA 2.1'),
    ]);
    expect((await loadClassifier(path, ENCODER, TRAINED)).notes).toEqual([]);
    // No published probe has six classes.
    expect((await loadClassifier(CLASSIFIER, later, TRAINED)).notes).toEqual([]);
  });

  it('sees layers that nothing tells', async () => {
    const path = join(folder, 'diving48.pt');
    const { 'linear.weight': weight, 'linear.bias': bias, ...pooler } = await parametersOf('classifier');
    const rows = (data: Float32Array) =>
      Float32Array.from({ length: 8 * data.length }, (_, i) => data[i % data.length]!);
    await writeTorchCheckpoint(path, {
      classifier: {
        ...pooler,
        'linear.weight': { shape: [48, 24], data: rows(weight!.data) },
        'linear.bias': { shape: [48], data: rows(bias!.data) },
      },
    });
    expect(await said(path)).toBe(
      `${path}: probes of Diving48 see four layers, and which of this encoder's 3 blocks nothing tells; name them in ` +
        '`layers`',
    );
    expect(await said(path, ENCODER, { ...TRAINED, layers: [2, 3] })).toBe('nothing');
    const deep = await loadClassifier(path, { ...ENCODER, depth: 24 }, TRAINED);
    expect(deep.layers).toEqual([18, 20, 22, 24]);
    expect(deep.notes).toEqual([`${path}: as many classes as Diving48 has, whose probes see blocks 18, 20, 22, 24`]);
    // One that was planned in this form sees what was planned: of no layers the last.
    const planned = {
      probe: attentiveProbeConfig(ENCODER, 48, { selfAttention: 'before', numHeads: 4 }),
      layers: undefined,
    };
    const own = await loadClassifier(path, ENCODER, {}, { planned });
    expect([own.layers, own.probe]).toEqual([undefined, planned.probe]);
    const other = { ...planned, probe: attentiveProbeConfig(ENCODER, 48) };
    await expect(loadClassifier(path, ENCODER, TRAINED, { planned: other })).rejects.toThrow('which of this encoder');
  });
});
