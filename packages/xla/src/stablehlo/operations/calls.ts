import { type Translations, typeOf } from '../translation.js';

/** What holds XLA to an order, and what it hands to a library. */
export const CALLS: Translations = {
  XlaOptimizationBarrier: (operands, _node, { hlo }) => hlo.optimizationBarrier(operands),
  XlaCustomCallV2: (operands, { attributes, outputs }, { hlo }) => {
    const text = (name: string) => attributes[name]!.value as string;
    return hlo.customCall(text('call_target_name'), text('backend_config'), operands, outputs.map(typeOf));
  },
};
