import { type Attributes, DataType, toHostTensor } from '@vjepa/trace';
import type { CApi } from '../c-api.js';
import { GraphBuilder } from '../trace/graph-builder.js';
import { Session } from '../trace/session.js';
import { hostTensor, readTensor } from '../trace/tensor-memory.js';

/** Where numbers are gathered. */
interface Gathering {
  target: string;
  /** A device of this host's, by its full name. */
  device: string;
  /** How many hosts there are, and what no other collective operation is called. */
  count: number;
  key: number;
  config: Uint8Array;
}

/** All hosts' numbers, as many of each, one host's after the other's. */
export type GatherFloats = (values: Float32Array<ArrayBuffer>) => Promise<Float32Array>;

/** Gathers numbers of all hosts, which go from one to the next and through none that all have to pass. */
export function floatGatherer(api: CApi, { target, device, count, key, config }: Gathering): GatherFloats {
  const builder = new GraphBuilder(api);
  const T = { kind: 'type', value: DataType.FLOAT } as const;
  const shape = { kind: 'shape', value: [-1] } as const;
  const placeholder: Attributes = { dtype: T, shape };
  const own = { oper: builder.add({ op: 'Placeholder', name: 'own', attributes: placeholder, device }), index: 0 };
  const attributes: Attributes = {
    ...{ T, shape },
    group_size: { kind: 'int', value: count },
    group_key: { kind: 'int', value: 1 },
    instance_key: { kind: 'int', value: key },
  };
  const gather = builder.add({ op: 'CollectiveGather', name: 'all', attributes, inputs: [own], device });
  const session = new Session(api, builder, config, target);
  return async (values) => {
    const tensor = hostTensor(api, DataType.FLOAT, [values.length], values);
    try {
      const [all] = await session.run([{ output: own, tensor }], [{ oper: gather, index: 0 }], []);
      const { dtype, shape, bytes } = readTensor(api, all!);
      const gathered = toHostTensor(dtype, shape, bytes).data as Float32Array;
      api.TF_DeleteTensor(all!);
      return gathered;
    } finally {
      api.TF_DeleteTensor(tensor);
    }
  };
}
