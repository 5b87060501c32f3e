import type { AttentionForm } from '@vjepa/trace';
import type { DeviceDescription } from './pjrt/device.js';
import { XlaError } from './xla-error.js';

/** Whether a step's attention is cuDNN's, where its shapes allow it. */
export interface AttentionChoice {
  fused: boolean;
  /** Why, for people: `compute capability 9.0 and bfloat16`, `cpu has no cuDNN`. */
  because: string;
}

/** What a step says of its attention. */
export interface AttentionOptions {
  precision?: 'float32' | 'bfloat16' | undefined;
  /** Asked for, forbidden, or as the device has it. */
  fusedAttention?: boolean | undefined;
}

/** The oldest GPUs whose attention cuDNN fuses, forward and backward: Ampere's. */
const OLDEST = 8;

/**
 * Chooses a step's attention: cuDNN's on CUDA devices of compute capability 8.0 or newer in bfloat16, composed elsewhere.
 * {@link AttentionOptions.fusedAttention} goes before that.
 *
 * @param device undefined where it is not known: attention is composed there unless it is asked for
 * @throws XlaError `invalid-argument` where it is asked for and the device or the precision speaks against it
 */
export function chooseAttention(
  { precision = 'float32', fusedAttention }: AttentionOptions,
  device: DeviceDescription | undefined,
): AttentionChoice {
  if (fusedAttention === false) return { fused: false, because: 'fused attention is forbidden' };
  const capability = computeCapability(device);
  const against = obstacle(precision, device, capability);
  if (against === undefined) {
    return { fused: true, because: `compute capability ${capability} and bfloat16` };
  }
  if (fusedAttention !== true) return { fused: false, because: against };
  if (device === undefined && precision === 'bfloat16') return { fused: true, because: 'it is asked for' };
  throw new XlaError(
    'invalid-argument',
    `fused attention is asked for, and ${against}; leave it out, or set it to false`,
  );
}

function obstacle(precision: string, device: DeviceDescription | undefined, capability: string | undefined) {
  if (precision !== 'bfloat16') return `products are ${precision}, and cuDNN's attention takes bfloat16`;
  if (device === undefined) return 'the device is not known';
  if (capability === undefined) return `${device.kind} has no cuDNN`;
  if (Number.parseFloat(capability) >= OLDEST) return undefined;
  return `${device.kind} has compute capability ${capability}, and cuDNN's attention wants ${OLDEST}.0`;
}

/** E.g. `9.0`; undefined of what is no CUDA device. AMD's have names there, as `gfx942`. */
function computeCapability(device: DeviceDescription | undefined): string | undefined {
  const found = device?.attributes.compute_capability;
  return typeof found === 'string' && /^\d+\.\d+$/.test(found) ? found : undefined;
}

/**
 * The forms that attention takes in a program with why it takes them.
 *
 * @throws XlaError `invalid-argument` where fused attention is asked for and a shape speaks against it
 */
export function attentionForms(
  found: readonly AttentionForm[],
  { fused, because }: AttentionChoice,
  asked: boolean | undefined,
): AttentionForm[] {
  const composed = found.find((form) => !form.fused);
  if (asked && composed !== undefined) {
    const what = `attention with heads of ${composed.headWidth} is composed: ${composed.because}`;
    throw new XlaError(
      'invalid-argument',
      `fused attention is asked for, and ${what}; leave it out, or set it to false`,
    );
  }
  return found.map((form) => (fused && !form.fused ? form : { ...form, because }));
}

/** Forms of attention in words: `fused by cuDNN, heads of 64, 32 (compute capability 9.0 and bfloat16)`. */
export function describeAttention(forms: readonly AttentionForm[]): string {
  const widths = new Map<string, number[]>();
  for (const { fused, because, headWidth } of forms) {
    const key = JSON.stringify([fused ? 'fused by cuDNN' : 'composed', because]);
    widths.set(key, [...(widths.get(key) ?? []), headWidth]);
  }
  return Array.from(widths, ([key, found]) => {
    const [how, because] = JSON.parse(key) as [string, string];
    return `${how}, heads of ${found.join(', ')} (${because})`;
  }).join('; ');
}
