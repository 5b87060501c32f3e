import { type FloatTensor, fill, flatten, type HostTensor, outlineOf } from '@vjepa/engine';

/** AdamW's moments at zero, for every parameter given, a record of tensors or a tree of such records. */
export function initialMoments<Parameters>(parameters: Parameters): { expAvg: Parameters; expAvgSq: Parameters } {
  const flat = flatten<HostTensor>(parameters);
  const zeros = (name: string): FloatTensor => ({
    shape: flat[name]!.shape,
    data: new Float32Array(flat[name]!.data.length),
  });
  const moment = () => fill(outlineOf(parameters), zeros) as Parameters;
  return { expAvg: moment(), expAvgSq: moment() };
}
