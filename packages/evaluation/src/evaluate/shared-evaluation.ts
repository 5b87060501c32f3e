import type { Engine } from '@vjepa/engine';
import { createRunLog, type RunHosts, type RunLog, resultsFolder } from '@vjepa/training';
import { readActionsAndModels } from '../anticipation/actions-and-models.js';
import { SharedFeatures } from '../features/shared-features.js';
import { readDataAndModel } from './data-and-model.js';
import type { EvaluateOptions } from './evaluate-options.js';
import { planRecord } from './evaluation-record.js';
import { parametersDigest } from './feature-cache.js';
import { type EvaluatedSets, featureSources, type WantedFeatures } from './feature-sources.js';

/**
 * What every process of an evaluation reads for itself: data and model.
 *
 * @throws InputError also where hosts have others
 */
export async function readEvaluated(options: EvaluateOptions, hosts: RunHosts, log: RunLog) {
  const { plan, allowMissing = 0 } = options;
  const asked = { allowMissing, parameters: options.parameters, log };
  const read =
    plan.kind === 'action_anticipation_frozen'
      ? await readActionsAndModels({ plan, ...asked })
      : await readDataAndModel({ plan, ...asked });
  const { fingerprints, parameters, foretold } = read;
  const weights = {
    encoder: parametersDigest(parameters),
    ...(foretold && { predictor: parametersDigest(foretold.parameters) }),
  };
  await hosts.requireSame({ samples: fingerprints, weights });
  return { ...read, weights };
}

/** How the first host ended. */
interface Ended {
  stopped: boolean;
}

/** What several processes compute together of an evaluation: features. */
export function sharedAmong(hosts: RunHosts, engine: Engine, { train, validation, test }: EvaluatedSets) {
  return { features: new SharedFeatures<WantedFeatures, Ended>(hosts, engine), sets: { train, validation, test } };
}

/** Does its part of the features that the first host trains and tests probes on, until that has ended. */
export async function helpEvaluation(options: EvaluateOptions, hosts: RunHosts) {
  const { plan, cache } = options;
  const log = createRunLog({ print: () => undefined });
  const evaluated = await readEvaluated(options, hosts, log);
  const engine = typeof options.engine === 'function' ? await options.engine() : options.engine;
  const shared = sharedAmong(hosts, engine, evaluated);
  const { parameters, foretold } = evaluated;
  const sources = featureSources({ plan, engine, parameters, foretold, cache, log, shared });
  const folder = resultsFolder(options.folder, (options.record ?? planRecord(plan)).run);
  try {
    const { stopped } = await shared.features.serve((wanted) => sources.wanted(wanted));
    return { folder, stopped };
  } finally {
    sources.close();
  }
}
