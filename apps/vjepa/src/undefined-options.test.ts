import { generateMovingShapes, type MovingShapesAppearance } from '@vjepa/benchmarks';
import { type EngineOptions, openEngine } from '@vjepa/engine';
import {
  type AnticipationSettings,
  type DetectionSettings,
  type EvaluationSettings,
  type FineTuningSettings,
  planAnticipation,
  planDetection,
  planEvaluation,
  planFineTuning,
} from '@vjepa/evaluation';
import { createMaskSampler, type MaskSamplerOptions } from '@vjepa/masks';
import { type AttentiveProbeConfig, attentiveProbeConfig } from '@vjepa/probe';
import { mersenneTwister } from '@vjepa/random';
import { type PretrainingSettings, planPretraining } from '@vjepa/training';
import { type ClipSettings, sampleClipIndices } from '@vjepa/video';
import {
  type EncoderConfig,
  encoderConfig,
  type PredictorConfig,
  predictorConfig,
  vjepa2EncoderConfig,
} from '@vjepa/vit';
import { describe, expect, it } from 'vitest';

/** Every option that may be left out, as undefined: one that is new is missing here until it is tested too. */
type AllUndefined<T> = { [K in keyof T as Partial<Pick<T, K>> extends Pick<T, K> ? K : never]-?: undefined };

const encoder = encoderConfig('vit_tiny');

describe('options given as undefined have their defaults:', () => {
  it('sizes of models', () => {
    const sizes: AllUndefined<Partial<EncoderConfig>> = {
      ...{ imageSize: undefined, patchSize: undefined, numFrames: undefined, tubeletSize: undefined },
      ...{ embedDim: undefined, depth: undefined, numHeads: undefined, mlpRatio: undefined },
      ...{ uniformPower: undefined, layerNormEpsilon: undefined },
    };
    expect(encoderConfig('vit_tiny', sizes)).toEqual(encoder);

    const predictorSizes: AllUndefined<Partial<PredictorConfig>> = {
      ...{ encoderDim: undefined, outputDim: undefined, imageSize: undefined, patchSize: undefined },
      ...{ numFrames: undefined, tubeletSize: undefined, embedDim: undefined, depth: undefined, numHeads: undefined },
      ...{ mlpRatio: undefined, uniformPower: undefined, layerNormEpsilon: undefined },
      ...{ numMaskTokens: undefined, zeroInitMaskTokens: undefined },
    };
    expect(predictorConfig(encoder, predictorSizes)).toEqual(predictorConfig(encoder));

    const probeSizes: AllUndefined<Partial<Omit<AttentiveProbeConfig, 'kind'>>> = {
      ...{ embedDim: undefined, numHeads: undefined, numClasses: undefined, depth: undefined },
      ...{ mlpRatio: undefined, completeBlock: undefined, layerNormEpsilon: undefined, selfAttention: undefined },
      tasks: undefined,
    };
    expect(attentiveProbeConfig(encoder, 5, probeSizes)).toEqual(attentiveProbeConfig(encoder, 5));
  });

  it('masks and clips', () => {
    const blocks = {
      spatialScale: [0.15, 0.15],
      temporalScale: [1, 1],
      aspectRatio: [0.75, 1.5],
      numBlocks: 8,
    } as const;
    const settings = { grid: { depth: 8, height: 14, width: 14 }, kind: 'multiblock3d', masks: [blocks] } as const;
    const more: AllUndefined<Extract<MaskSamplerOptions, { kind: 'multiblock3d' }>> = {
      truncation: undefined,
      groupSize: undefined,
    };
    const draw = (options: MaskSamplerOptions) => {
      return createMaskSampler(options).sample({ batchSize: 2, call: 0, random: mersenneTwister(0) });
    };
    const without = { ...blocks, maxTemporalKeep: undefined, maxKeep: undefined };
    expect(draw({ ...settings, ...more, masks: [without] })).toEqual(draw(settings));

    const clip: AllUndefined<ClipSettings> = {
      ...{ frameStep: undefined, clips: undefined, placement: undefined, allowOverlap: undefined },
      ...{ duration: undefined, clipRate: undefined, wholeRate: undefined, rejectShort: undefined },
      anticipation: undefined,
    };
    const sample = (given: ClipSettings) => sampleClipIndices(given, { frames: 300 }, mersenneTwister(0));
    expect(sample({ framesPerClip: 16, ...clip })).toEqual(sample({ framesPerClip: 16 }));
  });

  it('plans of runs', () => {
    const pretraining = { videos: 'videos', model: 'vit_tiny', epochs: 2 };
    const morePretraining: AllUndefined<PretrainingSettings> = {
      ...{ stepsPerEpoch: undefined, batchSize: undefined, seed: undefined, precision: undefined, encoder: undefined },
      ...{
        predictor: undefined,
        initialDeviation: undefined,
        predictorInitialDeviation: undefined,
        masks: undefined,
        clips: undefined,
        augmentation: undefined,
        objective: undefined,
      },
      ...{ optimization: undefined, recompute: undefined, statistics: undefined, checkpoints: undefined },
      ...{
        limits: undefined,
        progressEvery: undefined,
        tag: undefined,
        startFrom: undefined,
        from: undefined,
        otherClips: undefined,
      },
      teacher: undefined,
    };
    expect(planPretraining({ ...pretraining, ...morePretraining }).settings).toEqual(
      planPretraining(pretraining).settings,
    );

    const data = { train: 'train.csv', validation: 'val.csv', classes: 4 };
    const evaluation = { encoder, checkpoint: 'encoder.pth.tar', data };
    const moreEvaluation: AllUndefined<EvaluationSettings> = {
      ...{ checkpointKey: undefined, clips: undefined, probe: undefined, training: undefined, sweep: undefined },
      ...{ lowShot: undefined, cache: undefined, seed: undefined, validateEvery: undefined, encoderBatch: undefined },
      ...{ probeBatch: undefined, loading: undefined, tag: undefined },
    };
    expect(planEvaluation({ ...evaluation, ...moreEvaluation })).toEqual(planEvaluation(evaluation));

    const moreFineTuning: AllUndefined<FineTuningSettings> = {
      ...{ checkpointKey: undefined, clips: undefined, head: undefined, augmentation: undefined, training: undefined },
      ...{ seed: undefined, validateEvery: undefined, loading: undefined, tag: undefined },
    };
    expect(planFineTuning({ ...evaluation, ...moreFineTuning })).toEqual(planFineTuning(evaluation));

    const detection = { encoder, checkpoint: 'encoder.pth.tar', data: { annotations: 'ava', videos: 'films' } };
    const moreDetection: AllUndefined<DetectionSettings> = {
      ...{ checkpointKey: undefined, clips: undefined, layers: undefined, training: undefined, seed: undefined },
      ...{ loading: undefined, tag: undefined },
    };
    expect(planDetection({ ...detection, ...moreDetection })).toEqual(planDetection(detection));
  });

  it('anticipations', () => {
    const large = vjepa2EncoderConfig('vit_large');
    const data = { annotations: 'ek100', videos: 'EPIC-KITCHENS' };
    const anticipation = { encoder: large, checkpoint: 'vitl.pt', data };
    const more: AllUndefined<AnticipationSettings> = {
      ...{ checkpointKey: undefined, predictorKey: undefined, predictorHeads: undefined, clips: undefined },
      ...{ features: undefined, probe: undefined, loss: undefined, training: undefined, sweep: undefined },
      ...{ lowShot: undefined, cache: undefined, seed: undefined, validateEvery: undefined, encoderBatch: undefined },
      ...{ probeBatch: undefined, loading: undefined, tag: undefined },
    };
    expect(planAnticipation({ ...anticipation, ...more })).toEqual(planAnticipation(anticipation));
  });

  it('engines', async () => {
    const options: AllUndefined<Omit<EngineOptions, 'backend'>> = {
      ...{ device: undefined, devices: undefined, eager: undefined, precision: undefined },
      ...{ tensorFloat32: undefined, fusedAttention: undefined, shardState: undefined, hosts: undefined },
    };
    const { description } = await openEngine({ backend: 'wasm', ...options });
    expect(description).toBe((await openEngine({ backend: 'wasm' })).description);
  });

  it('generated videos', () => {
    const small = { seed: 0, split: 'train', count: 1, frames: 2, size: 16 } as const;
    const more: AllUndefined<Omit<MovingShapesAppearance, 'frames' | 'size'>> = {
      ...{ distractors: undefined, background: undefined, radius: undefined, shapes: undefined, textures: undefined },
      ...{ directions: undefined, speeds: undefined, rotations: undefined, orders: undefined },
    };
    expect([...generateMovingShapes({ ...small, ...more })]).toEqual([...generateMovingShapes(small)]);
  });
});
