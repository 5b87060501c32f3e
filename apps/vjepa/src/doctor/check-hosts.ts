import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { slice, type Tensor } from '@tensorflow/tfjs-core';
import { type Engine, meanOverReplicas, type StepFunction } from '@vjepa/engine';
import type { Hosts } from '@vjepa/hosts';
import { indexFingerprint } from '@vjepa/training';
import { reasonOf } from '../command-error.js';
import { loadPretrainingConfig } from '../config/load-config.js';
import type { Override } from '../config/override.js';
import { planOf } from '../config/pretraining-plan.js';
import { type EngineOptions, openEngine } from '../engine/engine.js';
import { packageVersion } from '../package-version.js';
import { type Finding, note, ok, problem } from './finding.js';

export interface CheckHostsOptions {
  config?: string | undefined;
  set?: readonly Override[] | undefined;
  run?: string | undefined;
  engine: EngineOptions;
}

/** What is exchanged to see how fast: about the gradients of ViT-S. */
const EXCHANGED_BYTES = 64 * 2 ** 20;

/**
 * Whether the processes that were started can share a run: that they reach each other and have the same versions, data and
 * folder, and how fast they exchange gradients. All do this together, and each gets the same findings.
 */
export async function checkHosts(hosts: Hosts, options: CheckHostsOptions): Promise<Finding[]> {
  const names = await hosts.gather('name', `${hostname()} (${hosts.addresses[hosts.index]})`);
  const begun = performance.now();
  for (let i = 0; i < 100; i++) await hosts.gather('echo', i);
  const milliseconds = (performance.now() - begun) / 100;
  const found = ok(
    'hosts',
    `${hosts.count} reach each other, ${milliseconds.toFixed(2)} ms a word: ${names.join(', ')}`,
  );
  const engine = await openEngine({ ...options.engine, hosts, precision: 'float32' });
  return [
    found,
    await checkVersions(hosts, engine),
    ...(await checkData(hosts, options)),
    await checkFolder(hosts, options.run),
    await checkExchange(hosts, engine),
  ];
}

async function checkVersions(hosts: Hosts, { version }: Engine): Promise<Finding> {
  const own = { vjepa: packageVersion(), engine: version, node: process.versions.node };
  const all = await hosts.gather('versions', own);
  for (const name of ['vjepa', 'engine', 'node'] as const) {
    const host = all.findIndex((versions) => versions[name] !== all[0]![name]);
    if (host < 0) continue;
    const detail = `${name} is ${all[host]![name]} on host ${host} and ${all[0]![name]} on host 0`;
    if (name === 'node') return note('versions', detail, 'the same everywhere, so that all behave the same');
    return problem('versions', detail, 'install the same everywhere');
  }
  return ok('versions', `vjepa ${own.vjepa}, engine ${own.engine}, Node ${own.node} everywhere`);
}

/** Whether all read the same lists, where there is a config. */
async function checkData(hosts: Hosts, { config: file, set = [] }: CheckHostsOptions): Promise<Finding[]> {
  if (file === undefined) return [];
  const read = async () => {
    const { config } = loadPretrainingConfig(file, set);
    const videos = (await planOf(config).readVideos()).flatMap((dataset) => dataset.videos);
    // A few all over the list: a folder that is not mounted lacks all of its videos.
    const some = Array.from({ length: Math.min(64, videos.length) }, (_, i) => {
      return videos[Math.floor((i * videos.length) / Math.min(64, videos.length))]!;
    });
    const local = some.filter(({ path }) => !path.includes('://') && !path.includes('::'));
    return { ...indexFingerprint(videos), missing: local.find(({ path }) => !existsSync(path))?.path ?? null };
  };
  const all = await hosts.gather(
    'data',
    await read().catch((error: unknown) => ({ videos: 0, checksum: '', missing: reasonOf(error) })),
  );
  const lacking = all.findIndex(({ missing }) => missing !== null);
  const remedy = 'give all hosts the same files under the same paths';
  if (lacking >= 0) return [problem('data', `host ${lacking} does not have ${all[lacking]!.missing}`, remedy)];
  const other = all.findIndex(({ checksum }) => checksum !== all[0]!.checksum);
  if (other < 0) return [ok('data', `the same ${all[0]!.videos} videos everywhere`)];
  const lists = `${all[other]!.videos} videos on host ${other} and ${all[0]!.videos} on host 0`;
  return [problem('data', `lists differ: ${lists}, or others in another order`, remedy)];
}

/** Whether all see the folder that the first one writes. */
async function checkFolder(hosts: Hosts, run = '.'): Promise<Finding> {
  let folder = resolve(run);
  while (!existsSync(folder)) folder = dirname(folder);
  const [token] = await hosts.gather('token', `.vjepa-hosts-${process.pid}-${Date.now()}`);
  const path = join(folder, token!);
  const written = await hosts.gather('written', hosts.index > 0 || tryWriting(path));
  const seen = await hosts.gather('seen', existsSync(path));
  await hosts.gather('looked', null);
  if (hosts.index === 0) rmSync(path, { force: true });
  if (!written[0]) return problem('folder', `host 0 cannot write into ${folder}`, 'name another with --run');
  const blind = seen.indexOf(false);
  if (blind < 0) return ok('folder', `all see ${folder}`);
  const remedy = 'name a folder with --run that all machines share: the others go on from what the first writes';
  return problem('folder', `host ${blind} does not see what host 0 writes into ${folder}`, remedy);
}

function tryWriting(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx'));
    return true;
  } catch {
    return false;
  }
}

/** How fast gradients are exchanged, by steps that do nothing else. */
async function checkExchange({ count }: Hosts, engine: Engine): Promise<Finding> {
  const length = EXCHANGED_BYTES / 4;
  const step: StepFunction<{ gradients: Tensor }, Record<string, never>, { first: Tensor }> = ({ gradients }) => {
    const mean = meanOverReplicas(gradients);
    return { state: { gradients: mean }, outputs: { first: slice(mean, [0], [1]) } };
  };
  const run = engine.bind(step, { gradients: { shape: [length], data: new Float32Array(length) } });
  try {
    await run({});
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      const begun = performance.now();
      await run({});
      times.push((performance.now() - begun) / 1000);
    }
    const seconds = times.sort((a, b) => a - b)[2]!;
    // What each host sends and receives in a ring.
    const gigabytes = (2 * (count - 1) * EXCHANGED_BYTES) / count / 1e9;
    const rate = gigabytes / seconds;
    const milliseconds = (1000 * seconds).toFixed(0);
    const detail = `the mean of 64 MiB among ${count} hosts takes ${milliseconds} ms: ${rate.toFixed(2)} GB/s a host, both ways`;
    return { ...ok('exchange', detail), numbers: { exchange_seconds: seconds, exchange_bytes_per_second: rate * 1e9 } };
  } finally {
    run.dispose();
  }
}
