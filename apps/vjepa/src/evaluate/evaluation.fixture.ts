import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { encodeVideo } from '@vjepa/video';
import sharp from 'sharp';
import { parse, stringify } from 'yaml';

/** Writes grey videos of two classes, dark and bright, and index files of them. */
export async function darkAndBright(counts: { train: number; val: number }) {
  const folder = temporaryFolder('evaluation');
  const indexes: Record<string, string> = {};
  for (const [split, count] of Object.entries(counts)) {
    mkdirSync(join(folder, split));
    const lines: string[] = [];
    for (let i = 0; i < count; i++) {
      const data = Uint8Array.from(
        { length: 20 * 48 * 64 * 3 },
        (_, j) => 30 + 140 * (i % 2) + ((j * 31 + 7 * i) % 50),
      );
      const path = join(split, `${i}.mp4`);
      await encodeVideo({ frames: { data, frames: 20, height: 48, width: 64 }, rate: 10, output: join(folder, path) });
      lines.push(`${path} ${i % 2}\n`);
    }
    indexes[split] = join(folder, `${split}.csv`);
    writeFileSync(indexes[split]!, lines.join(''));
  }
  return { folder, train: indexes.train!, val: indexes.val! };
}

/** Writes pictures of two colours in class folders, `<folder>/pictures/{train,val}/{dark,bright}`. */
export async function colouredPictures(count: number) {
  const root = temporaryFolder('pictures');
  for (const split of ['train', 'val']) {
    for (const [label, name] of ['bright', 'dark'].entries()) {
      const folder = join(root, 'pictures', split, name);
      mkdirSync(folder, { recursive: true });
      for (let i = 0; i < count; i++) {
        const data = Uint8Array.from({ length: 60 * 50 * 3 }, (_, j) => 180 - 150 * label + ((j * 17 + i) % 40));
        await sharp(data, { raw: { width: 60, height: 50, channels: 3 } })
          .png()
          .toFile(join(folder, `${i}.png`));
      }
    }
  }
  return root;
}

/** The encoder under evaluation: the small one that the reference trained a probe on. */
export const pretrain = {
  model_name: 'vit_tiny',
  embed_dim: 48,
  depth: 2,
  num_heads: 3,
  frames_per_clip: 4,
  uniform_power: true,
  folder: fixture('probe-small'),
  checkpoint: 'encoder.pth.tar',
  write_tag: 'jepa',
};

const optimization = {
  num_epochs: 6,
  batch_size: 4,
  weight_decay: 0.01,
  lr: 0.01,
  start_lr: 0.01,
  final_lr: 0,
};

/** Writes a video evaluation config for the encoder of fixtures/probe-small. */
export function videoConfig(folder: string, data: { train: string; val: string }, more: object = {}): string {
  const path = join(folder, 'evaluation.yaml');
  const config = {
    eval_name: 'video_classification_frozen',
    data: {
      dataset_train: data.train,
      dataset_val: data.val,
      num_classes: 2,
      frames_per_clip: 4,
      num_segments: 2,
      num_views_per_segment: 2,
    },
    optimization: { ...optimization, resolution: 48, attend_across_segments: true },
    pretrain,
    num_workers: 1,
    decoder: 'wasm',
    encoder_batch: 4,
    ...more,
  };
  writeFileSync(path, stringify(config));
  return path;
}

/** A fine-tuning config for the dark and bright videos. */
export function fineTuningConfig(data: { folder: string; train: string; val: string }): string {
  const { pretrain, data: videos } = parse(readFileSync(videoConfig(data.folder, data), 'utf8'));
  const config = {
    eval_name: 'video_classification_finetuning',
    pretrain,
    data: videos,
    head: { dropout: 0.1 },
    augmentation: { rand_augment: false, random_resize_scale: [0.5, 1] },
    optimization: {
      resolution: 48,
      num_epochs: 12,
      batch_size: 4,
      warmup: 1,
      lr: 1e-3,
      start_lr: 1e-5,
      final_lr: 1e-5,
      mix_probability: 0.5,
    },
    validate_every: 12,
    decoder: 'wasm',
  };
  const path = join(data.folder, 'finetune.yaml');
  writeFileSync(path, stringify(config));
  return path;
}

/** Writes an image evaluation config. */
export function imageConfig(root: string): string {
  const path = join(root, 'evaluation.yaml');
  const data = { dataset_name: 'Colours', root_path: root, image_folder: 'pictures', num_classes: 2, resolution: 48 };
  writeFileSync(
    path,
    stringify({
      eval_name: 'image_classification_frozen',
      data,
      optimization,
      pretrain,
      decoder: 'wasm',
      encoder_batch: 4,
    }),
  );
  return path;
}
