import { totalmem } from 'node:os';
import { openVideo } from '@vjepa/video';
import { reasonOf } from '../command-error.js';
import { loadPretrainingConfig } from '../config/load-config.js';
import type { Override } from '../config/override.js';
import type { PretrainingConfig } from '../config/pretraining-config.js';
import { readDatasets } from '../data/datasets.js';
import type { IndexedVideo } from '../data/index-file.js';
import { type ModelSummary, summarizeModel } from '../pretrain/model.js';
import { stepMasks } from '../pretrain/step-masks.js';
import { checkDisk } from './check-machine.js';
import { type Finding, gib, ok, problem } from './finding.js';

/** Videos opened to see whether an index is worth its name. */
const sampleSize = 5;

/** Whether the run that a config describes will work here: schema, masks, memory, disk, index, some of its videos. */
export async function checkConfig(file: string, overrides: readonly Override[], run?: string): Promise<Finding[]> {
  let config: PretrainingConfig;
  let summary: ModelSummary;
  try {
    ({ config } = loadPretrainingConfig(file, overrides));
    summary = summarizeModel(config);
    stepMasks(config)(0);
  } catch (error) {
    return [problem('config', reasonOf(error), 'correct the file or override the key with --set')];
  }
  return [
    ok('config', `${file}: ${summary.model}, ${summary.encoder_parameters.toLocaleString('en-US')} parameters`),
    checkMemory(summary),
    checkDisk(run ?? config.logging.folder, checkpointBytes(summary) * (config.checkpoints.keep + 1)),
    ...(await checkIndexes(config)),
  ];
}

/** Parameters, target and both moments. */
function checkpointBytes({ encoder_parameters, predictor_parameters }: ModelSummary): number {
  return 4 * (3 * (encoder_parameters + predictor_parameters) + encoder_parameters);
}

function checkMemory({ state_bytes: needed }: ModelSummary): Finding {
  const detail = `the training state takes ${gib(needed)} of ${gib(totalmem())}, activations come on top`;
  return needed < 0.8 * totalmem()
    ? ok('memory', detail)
    : problem('memory', detail, 'choose a smaller model.model_name or a machine with more memory');
}

async function checkIndexes(config: PretrainingConfig): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const file of config.data.datasets) {
    try {
      const videos = (await readDatasets([file])).flatMap((dataset) => dataset.videos);
      findings.push(ok('index', `${file}: ${videos.length.toLocaleString('en-US')} videos`));
      findings.push(await checkSample(file, videos, config));
    } catch (error) {
      findings.push(problem('index', reasonOf(error), 'an index lists the videos, one line "path label" each'));
    }
  }
  return findings;
}

/** Opens a few videos, spread over the index. */
async function checkSample(file: string, videos: readonly IndexedVideo[], config: PretrainingConfig): Promise<Finding> {
  const count = Math.min(sampleSize, videos.length);
  const failures: string[] = [];
  for (let i = 0; i < count; i++) {
    const { path } = videos[Math.floor((i * videos.length) / count)]!;
    try {
      const video = await openVideo(path, { decoder: config.data.decoder });
      await video.decode([0]).finally(() => video.close());
    } catch (error) {
      failures.push(reasonOf(error));
    }
  }
  const name = 'videos';
  if (failures.length === 0) return ok(name, `${file}: ${count} of ${videos.length} opened, all can be decoded`);
  return problem(
    name,
    `${file}: ${failures.length} of ${count} cannot be decoded: ${failures.join('; ')}`,
    'remove them from the index, mend the files, or install another decoder',
  );
}
