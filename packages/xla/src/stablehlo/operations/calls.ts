import { customCallText } from '../custom-call.js';
import { onEachDevice } from '../sharding.js';
import type { Tensor, TensorType } from '../tensor.js';
import { type Translations, typeOf } from '../translation.js';

/** What holds XLA to an order, and what it hands to a library. */
export const CALLS: Translations = {
  XlaOptimizationBarrier: (operands, _node, { hlo }) => hlo.optimizationBarrier(operands),
  /** XLA cannot cut what it does not know: each device calls the library for its clips. */
  XlaCustomCallV2: (operands, { attributes, outputs }, { hlo, mesh }) => {
    const named = (name: string) => attributes[name]!.value as string;
    const call = { target: named('call_target_name'), config: named('backend_config') };
    const results = outputs.map(typeOf);
    if (mesh === undefined || mesh.parts === 1) {
      const { text, type } = customCallText(call, operands, results);
      return hlo.write(text, type, results);
    }
    const clips = operands[0]!.shape[0]!;
    const isCut = ([first]: readonly number[]) => first === clips;
    return onEachDevice(
      { operands, results, isCut },
      mesh,
      hlo,
      (own: readonly Tensor[], made: readonly TensorType[]) => {
        const { text, type } = customCallText(call, own, made);
        return `${text} : ${type}`;
      },
    );
  },
};
