import type { FloatTensor, HostTensor } from '@vjepa/engine';

/** AdamW's moments at zero: `exp_avg.<name>` and `exp_avg_sq.<name>` of every parameter given. */
export function initialMoments(parameters: Readonly<Record<string, HostTensor>>): Record<string, FloatTensor> {
  const moments: Record<string, FloatTensor> = {};
  for (const kind of ['exp_avg', 'exp_avg_sq']) {
    for (const [name, { shape, data }] of Object.entries(parameters)) {
      moments[`${kind}.${name}`] = { shape, data: new Float32Array(data.length) };
    }
  }
  return moments;
}
