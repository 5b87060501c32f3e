import { existsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { type SafetensorsFile, writeSafetensors } from '@vjepa/checkpoints';
import type { FeatureLayout } from '@vjepa/probe';
import { damaged, describeDamage, isDamage, openFeatureFile, readFeatures } from './feature-file.js';

/** What is on disk of the samples of one shard. */
export interface ShardContent {
  /** [looks, N, D] of each sample that is whole, by its position in the set. */
  features: Map<number, Float32Array>;
  /** Samples that cannot be read, and why: for good. */
  failures: Map<number, string>;
}

/** Which samples a shard lacks; `damage` where the file is not what was written. */
export interface ShardGaps {
  absent: number[];
  damage?: string;
}

/**
 * Shards of features: safetensors files, one tensor [looks, N, D] a sample, that appear when they are whole. Every byte
 * of theirs is under a checksum. What was read stays in memory up to a quarter of the machine's.
 */
export class FeatureShards {
  readonly #folder: string;
  readonly #layout: FeatureLayout;
  readonly #open = new Map<string, SafetensorsFile>();
  readonly #memory = new Map<string, Float32Array>();
  #bytes = 0;

  constructor(folder: string, layout: FeatureLayout) {
    this.#folder = folder;
    this.#layout = layout;
  }

  path(version: number, shard: number): string {
    return join(this.#folder, `version-${version}`, `${String(shard).padStart(6, '0')}.safetensors`);
  }

  /** Looks, without reading features, for the samples of a shard that must be computed. */
  async gaps(version: number, shard: number, indices: readonly number[]): Promise<ShardGaps> {
    const path = this.path(version, shard);
    if (!existsSync(path)) return { absent: [...indices] };
    try {
      const file = await this.#file(path);
      const failures = failuresOf(file);
      return { absent: indices.filter((index) => !file.tensors.has(String(index)) && !failures.has(index)) };
    } catch (error) {
      if (!isDamage(error)) throw error;
      return { absent: [...indices], damage: describeDamage(error) };
    }
  }

  /** Everything of a shard that is as it was written. */
  async content(version: number, shard: number): Promise<ShardContent> {
    const content: ShardContent = { features: new Map(), failures: new Map() };
    const path = this.path(version, shard);
    if (!existsSync(path)) return content;
    try {
      const file = await this.#file(path);
      content.failures = failuresOf(file);
      for (const name of file.tensors.keys()) {
        const values = await this.#tensor(file, name).catch(passDamage);
        if (values) content.features.set(Number(name), values);
      }
    } catch (error) {
      passDamage(error);
    }
    return content;
  }

  async write(
    version: number,
    shard: number,
    { features, failures }: ShardContent,
    dtype: 'float32' | 'float16',
  ): Promise<void> {
    const path = this.path(version, shard);
    await this.#forget(path);
    const { looks, tokens, width } = this.#layout;
    const shape = [looks, tokens, width];
    const tensors = Object.fromEntries([...features].map(([index, data]) => [index, { shape, data, dtype }]));
    await writeSafetensors(path, tensors, { failures: JSON.stringify(Object.fromEntries(failures)) });
  }

  /** [looks, N, D] of a sample. @throws CheckpointError where the file is not what was written */
  async read(version: number, shard: number, index: number): Promise<Float32Array> {
    const key = `${version}/${index}`;
    const known = this.#memory.get(key);
    if (known) return known;
    const values = await this.#tensor(await this.#file(this.path(version, shard)), String(index));
    if (this.#bytes + values.byteLength <= totalmem() / 4) {
      this.#memory.set(key, values);
      this.#bytes += values.byteLength;
    }
    return values;
  }

  /** Samples of a shard that cannot be read, and why. */
  async failures(version: number, shard: number): Promise<Map<number, string>> {
    return failuresOf(await this.#file(this.path(version, shard)));
  }

  async close(): Promise<void> {
    const files = [...this.#open.values()];
    this.#open.clear();
    this.#memory.clear();
    for (const file of files) await file.close();
  }

  #tensor(file: SafetensorsFile, name: string): Promise<Float32Array> {
    const { looks, tokens, width } = this.#layout;
    return readFeatures(file, name, looks * tokens * width);
  }

  /** At most 64 files stay open, the one opened first goes first. */
  async #file(path: string): Promise<SafetensorsFile> {
    const known = this.#open.get(path);
    if (known) return known;
    const oldest = this.#open.size >= 64 ? this.#open.keys().next().value : undefined;
    if (oldest !== undefined) await this.#forget(oldest);
    const file = await openFeatureFile(path);
    this.#open.set(path, file);
    return file;
  }

  async #forget(path: string): Promise<void> {
    const file = this.#open.get(path);
    this.#open.delete(path);
    await file?.close();
  }
}

function failuresOf({ path, metadata }: SafetensorsFile): Map<number, string> {
  try {
    const failures = JSON.parse(metadata.failures ?? '{}') as Record<string, string>;
    return new Map(Object.entries(failures).map(([index, reason]) => [Number(index), reason]));
  } catch {
    throw damaged(path, 'its list of failures is not JSON');
  }
}

/** Damage is passed over; whatever else went wrong is not. */
function passDamage(error: unknown): undefined {
  if (!isDamage(error)) throw error;
  return undefined;
}
