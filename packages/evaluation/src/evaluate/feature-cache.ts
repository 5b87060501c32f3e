import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { BenchmarkEntry } from '@vjepa/benchmarks';
import type { HostTensor } from '@vjepa/engine';
import type { FeatureLayout } from '@vjepa/probe';
import { type FolderLock, InputError, lockFolder, makeFolder, writeFileAtomically } from '@vjepa/training';
import type { SampleRequest } from '@vjepa/video';
import { fileFingerprints } from '../features/file-fingerprint.js';
import { describeDamage, isDamage } from './feature-file.js';
import { FeatureShards } from './feature-shards.js';
import type { BadSample, FeatureBatch, FeatureSource } from './feature-source.js';
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
  onProgress?: ((done: number, total: number) => void) | undefined;
  /** Told of each file that is not what was written to it, and is made again. */
  onDamage?: ((message: string) => void) | undefined;
  /** Told of waiting for another process that computes the same features. */
  say?: ((line: string) => void) | undefined;
  /** Stops the computation at once, what is done kept; the call ends with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Bytes of features in one file, about. */
const SHARD_BYTES = 64 * 2 ** 20;

/**
 * Features on disk, computed once. A folder is named after everything that decides its content: the encoder's weights,
 * the settings, and each file's path and fingerprint; labels are not part of it, so that other labels of the same files
 * find the same features. What was stopped goes on where it was. A sample that failed for a reason of its own is
 * remembered; one that could not be reached, or not in time, is tried again by the next call. A file that was damaged
 * is named and made again.
 */
export async function cachedFeatures(options: FeatureCacheOptions): Promise<FeatureSource> {
  const { entries, layout, versions } = options;
  const sampleLength = layout.looks * layout.tokens * layout.width;
  const perShard = Math.max(1, Math.min(512, Math.floor(SHARD_BYTES / (4 * sampleLength))));
  const folder = join(options.folder, await cacheKey(options));
  const indices = inBatches([...entries.keys()], perShard);
  const cache = new FeatureCache(new FeatureShards(folder, layout), indices, folder, options);
  const bad = new Map<number, BadSample>();
  for (const { index, reason, passing } of await cache.fill()) {
    bad.set(index, { index, reason, passing, path: entries[index]!.path, label: entries[index]!.label });
  }

  async function* batches(plan: readonly (readonly SampleRequest[])[]): AsyncGenerator<FeatureBatch> {
    for (const requests of plan) {
      const features = new Float32Array(requests.length * sampleLength);
      for (const [place, { index, epoch }] of requests.entries()) {
        if (bad.has(index)) continue;
        features.set(await cache.read(epoch % versions, Math.floor(index / perShard), index), place * sampleLength);
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
  return { layout, usable, unusable: [...bad.values()], preferredBatch: 16, batches, close: () => cache.close() };
}

/** A short name for everything that decides the features. */
async function cacheKey({ settings, entries, precision, versions }: FeatureCacheOptions): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify({ format: 2, settings, precision, versions }));
  const paths = entries.map(({ path }) => path);
  for (const [i, fingerprint] of (await fileFingerprints(paths)).entries()) {
    hash.update(JSON.stringify([paths[i], fingerprint]));
  }
  return hash.digest('hex').slice(0, 20);
}

type Failure = Pick<BadSample, 'index' | 'reason' | 'passing'>;

/** The shards of a folder, and what fills them. */
class FeatureCache {
  readonly #shards: FeatureShards;
  readonly #indices: readonly number[][];
  readonly #folder: string;
  readonly #options: FeatureCacheOptions;

  constructor(
    shards: FeatureShards,
    /** The samples of each shard. */
    indices: readonly number[][],
    folder: string,
    options: FeatureCacheOptions,
  ) {
    this.#shards = shards;
    this.#indices = indices;
    this.#folder = folder;
    this.#options = options;
  }

  /** Computes what is not there. Resolves to the samples that have no features, and why. */
  async fill(): Promise<Failure[]> {
    const passing = new Map<number, Failure>();
    // What could not be reached, or not in time, is tried once more when all else is done.
    for (let pass = 0; pass < 2 && (pass === 0 || passing.size > 0); pass++) {
      passing.clear();
      for (const failure of await this.#computeAbsent(pass === 0)) passing.set(failure.index, failure);
    }
    const lasting: Failure[] = [];
    for (let version = 0; version < this.#options.versions; version++) {
      for (const shard of this.#indices.keys()) {
        const failures = await this.#shards.failures(version, shard);
        for (const [index, reason] of failures) lasting.push({ index, reason, passing: false });
      }
    }
    return [...lasting, ...passing.values()];
  }

  /**
   * Features of a sample. One whose bytes were damaged is computed again.
   * @throws InputError when it cannot be
   */
  async read(version: number, shard: number, index: number): Promise<Float32Array> {
    try {
      return await this.#shards.read(version, shard, index);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#options.onDamage?.(describeDamage(error));
    }
    using _lock = await this.#lock();
    const source = await this.#options.open();
    try {
      const failures = await this.#computeShard(version, shard, source);
      const failure = failures.find((each) => each.index === index);
      if (failure) {
        throw new InputError({
          problem: `damaged features cannot be computed again: ${failure.reason}`,
          code: 'damaged',
        });
      }
    } finally {
      await source.close();
    }
    return this.#shards.read(version, shard, index);
  }

  close(): Promise<void> {
    return this.#shards.close();
  }

  /** The right to write shards, once another process that computes the same ones is done. */
  async #lock(): Promise<FolderLock> {
    makeFolder(this.#folder);
    const { say } = this.#options;
    const lock = await lockFolder(this.#folder, {
      purpose: 'an evaluation',
      whenHeld: 'wait',
      ...(say ? { say } : {}),
    });
    // What was open may have been written anew by whoever held the lock.
    await this.#shards.close();
    return lock;
  }

  /** Resolves to the samples that could not be reached, or not in time. */
  async #computeAbsent(isFirst: boolean): Promise<Failure[]> {
    const { versions, entries, onProgress, onDamage } = this.#options;
    const incomplete: { version: number; shard: number; absent: number }[] = [];
    for (let version = 0; version < versions; version++) {
      for (const [shard, indices] of this.#indices.entries()) {
        const { absent, damage } = await this.#shards.gaps(version, shard, indices);
        if (damage !== undefined) onDamage?.(damage);
        if (absent.length > 0) incomplete.push({ version, shard, absent: absent.length });
      }
    }
    if (incomplete.length === 0) return [];
    using _lock = await this.#lock();
    this.#describe();
    const total = versions * entries.length;
    let done = total - incomplete.reduce((sum, { absent }) => sum + absent, 0);
    const failures: Failure[] = [];
    const source = await this.#options.open();
    try {
      for (const { version, shard, absent } of incomplete) {
        this.#options.signal?.throwIfAborted();
        const failed = (await this.#computeShard(version, shard, source)).filter(({ passing }) => passing);
        failures.push(...failed);
        done += absent;
        if (isFirst || failed.length < absent) onProgress?.(done, total);
      }
    } finally {
      await source.close();
    }
    return failures;
  }

  /** Computes the samples that a shard lacks and writes it anew. Resolves to those that failed just now. */
  async #computeShard(version: number, shard: number, source: FeatureSource): Promise<Failure[]> {
    const { layout, precision, signal } = this.#options;
    const { looks, tokens, width } = layout;
    const length = looks * tokens * width;
    const content = await this.#shards.content(version, shard);
    const absent = this.#indices[shard]!.filter(
      (index) => !content.features.has(index) && !content.failures.has(index),
    );
    if (absent.length === 0) return [];
    const requests = absent.map((index) => ({ index, epoch: version, draw: index }));
    const failed: Failure[] = [];
    for await (const batch of source.batches(inBatches(requests, source.preferredBatch))) {
      failed.push(...batch.bad);
      const bad = new Map(batch.bad.map((sample) => [sample.index, sample]));
      for (const [place, index] of batch.indices.entries()) {
        const failure = bad.get(index);
        if (!failure) content.features.set(index, batch.features.slice(place * length, (place + 1) * length));
        else if (!failure.passing) content.failures.set(index, failure.reason);
      }
      if (signal?.aborted) break;
    }
    await this.#shards.write(version, shard, content, precision);
    signal?.throwIfAborted();
    return failed;
  }

  #describe(): void {
    const { settings, precision, versions, layout, entries } = this.#options;
    for (let version = 0; version < versions; version++) {
      makeFolder(join(this.#folder, `version-${version}`));
    }
    const about = { ...settings, precision, versions, layout, files: entries.length };
    writeFileAtomically(join(this.#folder, 'cache.json'), `${JSON.stringify(about, null, 2)}\n`);
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
