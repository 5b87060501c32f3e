import { attentiveProbeConfig, averageProbeConfig, type ProbeConfig } from '@vjepa/probe';
import { InputError, option, sentence } from '@vjepa/training';
import { type LoadedProbe, loadProbe } from '../checkpoint/load-probe.js';
import { freshProbe } from '../evaluate/probe-runner.js';
import type { FineTuningPlan } from './fine-tuning-plan.js';

/**
 * The classifier that a fine-tuning begins with: average pooling, layer norm and a linear layer; or an attentive probe;
 * fresh, or trained before.
 *
 * @throws InputError when a trained one tells another number of classes apart
 */
export async function initialHead({
  encoder,
  data: { classes },
  head: { pooling, checkpoint },
  seed,
}: FineTuningPlan): Promise<{ probe: ProbeConfig; parameters: LoadedProbe }> {
  if (checkpoint !== undefined) {
    return loadProbe(checkpoint, (found): ProbeConfig => {
      if (found.classes !== classes) {
        const problem = sentence`the probe tells ${found.classes} classes apart, ${option('data.classes')} is ${classes}`;
        throw new InputError({ subject: checkpoint, problem });
      }
      if (found.depth === 0) return averageProbeConfig(encoder, classes);
      return attentiveProbeConfig(encoder, classes, { depth: found.depth, selfAttention: found.selfAttention });
    });
  }
  const probe =
    pooling === 'average'
      ? averageProbeConfig(encoder, classes, { normalize: true })
      : attentiveProbeConfig(encoder, classes);
  return { probe, parameters: freshProbe(probe, seed) };
}
