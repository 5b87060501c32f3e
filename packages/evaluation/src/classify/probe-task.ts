import { type ClipProtocol, PROTOCOLS, VJEPA2_PROTOCOLS, vjepa2ProbeLayers } from '@vjepa/benchmarks';
import { type ClipEncoder, isVjepa2 } from '@vjepa/vit';
import { type FoundProbe, inspectProbe, type LoadProbeOptions } from '../checkpoint/load-probe.js';

/** The published task that a probe is taken for. */
export interface ProbeTask {
  title: string;
  /** How its videos are seen; undefined where it is one of pictures. */
  clip: ClipProtocol | undefined;
  /** Times a picture is repeated in time; undefined where it is one of videos. */
  imageRepeats: number | undefined;
  /**
   * The blocks, counted from 1, whose tokens the probe sees one after the other. `unknown`: it sees four, which were
   * published for other encoders only.
   */
  layers: 'last' | 'unknown' | readonly number[];
}

/**
 * The task of a published probe, by its number of classes: nothing else in its file tells. Undefined where no published
 * evaluation of its version has that many.
 */
export function probeTask(encoder: ClipEncoder, probe: FoundProbe): ProbeTask | undefined {
  return probe.selfAttention === 'before' ? vjepa2Task(encoder, probe) : vjepaTask(probe);
}

/**
 * The clips of the published task that a probe is taken for, as `classify` has them; undefined where it is taken for none, or for
 * one of pictures.
 *
 * @throws as `loadProbe` does where there is no probe
 */
export async function publishedClips(
  path: string,
  encoder: ClipEncoder,
  options?: LoadProbeOptions,
): Promise<ClipProtocol | undefined> {
  return probeTask(encoder, await inspectProbe(path, options))?.clip;
}

function vjepaTask({ classes }: FoundProbe): ProbeTask | undefined {
  const found = Object.values(PROTOCOLS).find((protocol) => {
    return protocol.classes === classes && protocol.kind !== 'detection';
  });
  return found && { title: found.title, clip: found.clip, imageRepeats: found.imageRepeats, layers: 'last' };
}

function vjepa2Task(encoder: ClipEncoder, { classes }: FoundProbe): ProbeTask | undefined {
  const found = Object.values(VJEPA2_PROTOCOLS).find((protocol) => protocol.classes === classes);
  if (found === undefined) return undefined;
  const { depth, imageSize } = encoder;
  const own = depth === 40 && imageSize === 384 ? found.giant384 : {};
  // The blocks of V-JEPA 2.1 that have a norm are others.
  const four = isVjepa2(encoder) && encoder.version === '2' ? vjepa2ProbeLayers(depth) : undefined;
  return {
    title: found.title,
    clip: own.clip ?? found.clip,
    imageRepeats: own.imageRepeats ?? found.imageRepeats,
    layers: found.probe.layers === 'last' ? 'last' : (four ?? 'unknown'),
  };
}
