import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { BenchmarkEntry } from '@vjepa/benchmarks';
import { openSafetensors, type SafetensorsFile, writeSafetensors } from '@vjepa/checkpoints';
import type { HostTensor } from '@vjepa/tensorflow';
import type { SampleRequest } from '@vjepa/video';
import { writeFileAtomically } from '../run/atomic-file.js';
import type { BadSample, FeatureBatch, FeatureLayout, FeatureSource } from './feature-source.js';
import { inBatches } from './sample-plan.js';

export interface FeatureCacheOptions {
  /** Holds a folder for each set of features. */
  folder: string;
  entries: readonly BenchmarkEntry[];
  /** Everything but the files that decides the features: encoder weights, clips, transform, precision. */
  settings: Record<string, unknown>;
  precision: 'float32' | 'float16';
  /** Versions of each sample, made by different draws; at least 1. */
  versions: number;
  layout: FeatureLayout;
  /** Opens what computes features; only called when some are not on disk. */
  open: () => Promise<FeatureSource> | FeatureSource;
  onProgress?: (done: number, total: number) => void;
}

/** Bytes of features in one file, about. */
const shardBytes = 64 * 2 ** 20;

/**
 * Features on disk, computed once. A folder is named after everything that decides its content: the encoder's weights,
 * the settings, and each file's path, size and time of change; labels are not part of it, so that other labels of the
 * same files find the same features. Shards are safetensors files, one tensor [looks, N, D] a sample, that appear when
 * they are whole: what was stopped goes on where it was.
 */
export async function cachedFeatures(options: FeatureCacheOptions): Promise<FeatureSource> {
  const { entries, layout, versions } = options;
  const sampleLength = layout.looks * layout.tokens * layout.width;
  const perShard = Math.max(1, Math.min(512, Math.floor(shardBytes / (4 * sampleLength))));
  const folder = join(options.folder, cacheKey(options));
  const shards = inBatches([...entries.keys()], perShard);
  await fillCache(folder, shards, options);
  const store = new ShardStore(folder, perShard, sampleLength);
  const bad = new Map<number, BadSample>();
  for (let version = 0; version < versions; version++) {
    for (const [index, reason] of await store.failures(version, shards.length)) {
      bad.set(index, { index, reason, path: entries[index]!.path, label: entries[index]!.label });
    }
  }

  async function* batches(plan: readonly (readonly SampleRequest[])[]): AsyncGenerator<FeatureBatch> {
    for (const requests of plan) {
      const features = new Float32Array(requests.length * sampleLength);
      for (const [place, { index, epoch }] of requests.entries()) {
        if (!bad.has(index)) features.set(await store.read(epoch % versions, index), place * sampleLength);
      }
      const indices = requests.map(({ index }) => index);
      yield {
        features,
        indices,
        labels: Int32Array.from(indices, (index) => entries[index]!.label),
        bad: indices.flatMap((index) => bad.get(index) ?? []),
      };
    }
  }

  const usable = [...entries.keys()].filter((index) => !bad.has(index));
  return { layout, usable, preferredBatch: 16, batches, close: () => store.close() };
}

/** A short name for everything that decides the features. */
function cacheKey({ settings, entries, precision, versions }: FeatureCacheOptions): string {
  const hash = createHash('sha256').update(JSON.stringify({ format: 1, settings, precision, versions }));
  for (const { path } of entries) {
    const stats = statSync(path, { throwIfNoEntry: false });
    hash.update(JSON.stringify([path, stats?.size, stats?.mtimeMs]));
  }
  return hash.digest('hex').slice(0, 20);
}

function shardPath(folder: string, version: number, shard: number): string {
  return join(folder, `version-${version}`, `${String(shard).padStart(6, '0')}.safetensors`);
}

/** Computes the shards that are not there. */
async function fillCache(folder: string, shards: readonly number[][], options: FeatureCacheOptions): Promise<void> {
  const { versions, entries, layout, precision, onProgress } = options;
  const wanted = Array.from({ length: versions }, (_, version) =>
    shards.map((_, shard) => ({ version, shard })),
  ).flat();
  const absent = wanted.filter(({ version, shard }) => !existsSync(shardPath(folder, version, shard)));
  if (absent.length === 0) return;
  for (let version = 0; version < versions; version++)
    mkdirSync(join(folder, `version-${version}`), { recursive: true });
  const about = { ...options.settings, precision, versions, layout, files: entries.length };
  writeFileAtomically(join(folder, 'cache.json'), `${JSON.stringify(about, null, 2)}\n`);
  const total = versions * entries.length;
  let done = total - absent.reduce((sum, { shard }) => sum + shards[shard]!.length, 0);
  const source = await options.open();
  try {
    for (const { version, shard } of absent) {
      await writeShard(shardPath(folder, version, shard), shards[shard]!, version, source, precision);
      done += shards[shard]!.length;
      onProgress?.(done, total);
    }
  } finally {
    await source.close();
  }
}

async function writeShard(
  path: string,
  indices: readonly number[],
  version: number,
  source: FeatureSource,
  precision: 'float32' | 'float16',
): Promise<void> {
  const { looks, tokens, width } = source.layout;
  const length = looks * tokens * width;
  const tensors: Record<string, { shape: number[]; data: Float32Array; dtype: typeof precision }> = {};
  const failures: Record<string, string> = {};
  const requests = indices.map((index) => ({ index, epoch: version, draw: index }));
  for await (const batch of source.batches(inBatches(requests, source.preferredBatch))) {
    for (const { index, reason } of batch.bad) failures[index] = reason;
    for (const [place, index] of batch.indices.entries()) {
      if (index in failures) continue;
      const data = batch.features.slice(place * length, (place + 1) * length);
      tensors[index] = { shape: [looks, tokens, width], data, dtype: precision };
    }
  }
  await writeSafetensors(path, tensors, { failures: JSON.stringify(failures) });
}

/** Reads samples from shards; keeps what it read in memory up to a quarter of the machine's. */
class ShardStore {
  readonly #folder: string;
  readonly #perShard: number;
  readonly #sampleBytes: number;
  readonly #open = new Map<string, Promise<SafetensorsFile>>();
  readonly #memory = new Map<string, Float32Array>();
  #bytes = 0;

  constructor(folder: string, perShard: number, sampleLength: number) {
    this.#folder = folder;
    this.#perShard = perShard;
    this.#sampleBytes = 4 * sampleLength;
  }

  async read(version: number, index: number): Promise<Float32Array> {
    const key = `${version}/${index}`;
    const known = this.#memory.get(key);
    if (known) return known;
    const file = await this.#shard(shardPath(this.#folder, version, Math.floor(index / this.#perShard)));
    const values = await file.tensors.get(String(index))!.readFloat32();
    if (this.#bytes + this.#sampleBytes <= totalmem() / 4) {
      this.#memory.set(key, values);
      this.#bytes += this.#sampleBytes;
    }
    return values;
  }

  async failures(version: number, shards: number): Promise<[number, string][]> {
    const all: [number, string][] = [];
    for (let shard = 0; shard < shards; shard++) {
      const { metadata } = await this.#shard(shardPath(this.#folder, version, shard));
      const failures = JSON.parse(metadata.failures ?? '{}') as Record<string, string>;
      for (const [index, reason] of Object.entries(failures)) all.push([Number(index), reason]);
    }
    return all;
  }

  async close(): Promise<void> {
    const files = [...this.#open.values()];
    this.#open.clear();
    this.#memory.clear();
    await Promise.all(files.map(async (file) => (await file).close()));
  }

  /** At most 64 files stay open, the one opened first goes first. */
  async #shard(path: string): Promise<SafetensorsFile> {
    let file = this.#open.get(path);
    if (!file) {
      if (this.#open.size >= 64) {
        const [oldest, opened] = this.#open.entries().next().value!;
        this.#open.delete(oldest);
        await (await opened).close();
      }
      file = openSafetensors(path);
      this.#open.set(path, file);
    }
    return file;
  }
}

/** A digest of an encoder's parameters: two files with the same weights have the same features. */
export function parametersDigest(parameters: Readonly<Record<string, HostTensor>>): string {
  const hash = createHash('sha256');
  for (const [name, { shape, data }] of Object.entries(parameters)) {
    hash.update(`${name}[${shape}]`).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}
