import { ACROSS_REPLICAS, type AcrossReplicas } from '@vjepa/trace';
import type { Translations } from '../translation.js';

/**
 * What replicas of a step tell each other. Where the batch is in fewer parts than there are devices, each group of as many
 * devices as there are parts has the whole batch, and keeps to itself.
 */
export const EXCHANGES: Translations = {
  [ACROSS_REPLICAS]: ([x], { attributes }, { hlo, devices, parts }) => {
    if (parts === 1) return x!;
    const groups = Array.from({ length: devices / parts }, (_, group) =>
      Array.from({ length: parts }, (_, part) => group * parts + part),
    );
    const how = attributes.how!.value as AcrossReplicas;
    if (how === 'opposite') {
      const routes = groups.flatMap((group) => group.map((from, i) => [from, group.at(-1 - i)!] as const));
      return hlo.collectivePermute(x!, routes);
    }
    const all = hlo.allReduce(how === 'minimum' ? 'minimum' : 'add', x!, groups);
    return how === 'mean' ? hlo.scale(all, 1 / parts) : all;
  },
};
