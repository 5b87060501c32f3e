import { definedFields, type EncoderConfig, type Overrides } from '@vjepa/vit';
import { checkHeads, checkWhole } from './check-config.js';

/** A learned query attends to all tokens; a linear layer classifies what it gathers (V-JEPA, section 4.2). */
export interface AttentiveProbeConfig {
  kind: 'attentive';
  /** D, the width of the encoder's tokens. */
  embedDim: number;
  numHeads: number;
  numClasses: number;
  /** 1: cross-attention alone; every further one adds a self-attention block. */
  depth: number;
  /**
   * Where the self-attention blocks are: `after` the cross-attention, on the gathered token (V-JEPA), or `before` it, on
   * all tokens (V-JEPA 2).
   */
  selfAttention: 'after' | 'before';
  mlpRatio: number;
  /** False: cross-attention without norms, residual and MLP. */
  completeBlock: boolean;
  layerNormEpsilon: number;
  /**
   * Several questions about a clip instead of one, each with a learned query and a linear layer of its own, in this
   * order; `numClasses` is the number of all their classes. Default: one question.
   */
  tasks?: readonly ProbeTask[] | undefined;
}

/** A question of a probe that answers several. */
export interface ProbeTask {
  /** What the reference names its linear layer after: `{name}_classifier`. */
  name: string;
  /** Number of its answers. */
  classes: number;
}

/** The mean of all tokens and a linear layer. */
export interface AverageProbeConfig {
  kind: 'average';
  embedDim: number;
  numClasses: number;
  /** Layer-normalise the mean, as heads for fine-tuning do. */
  normalize: boolean;
  layerNormEpsilon: number;
}

/** What a probe is made of. */
export type ProbeConfig = AttentiveProbeConfig | AverageProbeConfig;

/**
 * The attentive probe of the published evaluations, layer norms with epsilon 1e-5. V-JEPA's has depth 1 and the
 * encoder's heads; V-JEPA 2's, `{ selfAttention: 'before' }`, depth 4 and 16 heads whatever the encoder.
 *
 * @throws if the heads do not divide the width or a number is not a whole one of at least 1
 */
export function attentiveProbeConfig(
  encoder: Pick<EncoderConfig, 'embedDim' | 'numHeads'>,
  numClasses: number,
  overrides: Overrides<Omit<AttentiveProbeConfig, 'kind'>> = {},
): AttentiveProbeConfig {
  const { selfAttention = 'after' } = overrides;
  const config: AttentiveProbeConfig = {
    kind: 'attentive',
    embedDim: encoder.embedDim,
    numHeads: selfAttention === 'before' ? 16 : encoder.numHeads,
    numClasses,
    depth: selfAttention === 'before' ? 4 : 1,
    selfAttention,
    mlpRatio: 4,
    completeBlock: true,
    layerNormEpsilon: 1e-5,
    ...definedFields(overrides),
  };
  checkWhole('probe', config, ['embedDim', 'numHeads', 'numClasses', 'depth']);
  checkHeads('probe', config);
  return config;
}

/**
 * V-JEPA 2's probe for action anticipation (section 6): its attentive probe with three queries and three linear layers,
 * for the verb, the noun and the action.
 *
 * @throws as `attentiveProbeConfig` does
 */
export function anticipationProbeConfig(
  encoder: Pick<EncoderConfig, 'embedDim' | 'numHeads'>,
  classes: { verb: number; noun: number; action: number },
  overrides: Overrides<Omit<AttentiveProbeConfig, 'kind' | 'numClasses' | 'tasks'>> = {},
): AttentiveProbeConfig & { tasks: readonly ProbeTask[] } {
  const tasks = (['verb', 'noun', 'action'] as const).map((name) => ({ name, classes: classes[name] }));
  const numClasses = tasks.reduce((sum, task) => sum + task.classes, 0);
  return {
    ...attentiveProbeConfig(encoder, numClasses, { selfAttention: 'before', ...definedFields(overrides) }),
    tasks,
  };
}

/** Average pooling and a linear layer, the ablation of V-JEPA, section 4.2. */
export function averageProbeConfig(
  encoder: Pick<EncoderConfig, 'embedDim'>,
  numClasses: number,
  overrides: Overrides<Omit<AverageProbeConfig, 'kind'>> = {},
): AverageProbeConfig {
  const config: AverageProbeConfig = {
    kind: 'average',
    embedDim: encoder.embedDim,
    numClasses,
    normalize: false,
    layerNormEpsilon: 1e-6,
    ...definedFields(overrides),
  };
  checkWhole('probe', config, ['embedDim', 'numClasses']);
  return config;
}
