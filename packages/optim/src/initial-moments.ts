import { type FloatTensor, fill, flatten, type HostTensor, outlineOf } from '@vjepa/engine';

/** AdamW's moments at zero, for every parameter given, a record of tensors or a tree of such records. */
export function initialMoments<Parameters>(parameters: Parameters): { expAvg: Parameters; expAvgSq: Parameters } {
  return { expAvg: initialSums(parameters), expAvgSq: initialSums(parameters) };
}

/** Zeros in the shapes of the parameters given, a record of tensors or a tree of such records: what gradients are added up in. */
export function initialSums<Parameters>(parameters: Parameters): Parameters {
  const flat = flatten<HostTensor>(parameters);
  const zeros = (name: string): FloatTensor => ({
    shape: flat[name]!.shape,
    data: new Float32Array(flat[name]!.data.length),
  });
  return fill(outlineOf(parameters), zeros) as Parameters;
}
