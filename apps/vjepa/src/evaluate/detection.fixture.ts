import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { encodeVideo } from '@vjepa/video';
import { stringify } from 'yaml';
import { pretrain } from './evaluation.fixture.js';

const SECONDS = 4;
const RATE = 6;

/**
 * A tiny AVA: people are bright (action 3) or dark (action 7) rectangles in the left and right half, which change sides
 * every second; action 9 is not evaluated.
 */
export async function brightAndDark() {
  const folder = temporaryFolder('detection');
  mkdirSync(join(folder, 'videos'));
  const labels = ['bright', 'dark']
    .map((name, i) => `label {\n  name: "${name}"\n  label_id: ${[3, 7][i]}\n}\n`)
    .join('');
  writeFileSync(join(folder, 'ava_action_list_v2.2_for_activitynet_2019.pbtxt'), labels);
  const proposals: string[] = [];
  for (const split of ['train', 'val']) {
    const lines: string[] = [];
    for (const film of [`${split}A`, `${split}B`]) {
      const brightIsLeft = (frame: number) => Math.floor(frame / RATE) % 2 === 0;
      const data = Uint8Array.from({ length: SECONDS * RATE * 48 * 64 * 3 }, (_, i) => {
        const x = Math.floor(i / 3) % 64;
        return brightIsLeft(Math.floor(i / (48 * 64 * 3))) === x < 32 ? 220 : 30;
      });
      const frames = { data, frames: SECONDS * RATE, height: 48, width: 64 };
      await encodeVideo({ frames, rate: RATE, output: join(folder, 'videos', `${film}.mp4`) });
      for (let second = 0; second < SECONDS; second++) {
        const [left, right] = second % 2 === 0 ? [3, 7] : [7, 3];
        const boxes = [`0.0,0.0,0.5,1.0`, `0.5,0.0,1.0,1.0`];
        lines.push(`${film},${900 + second},${boxes[0]},${left},0`, `${film},${900 + second},${boxes[1]},${right},1`);
        if (second === 0) lines.push(`${film},${900 + second},${boxes[1]},9,1`);
        if (split === 'val') proposals.push(...boxes.map((box) => `${film},${900 + second},${box},,0.9`));
      }
    }
    writeFileSync(join(folder, `ava_${split}_v2.2.csv`), `${lines.join('\n')}\n`);
  }
  writeFileSync(join(folder, 'proposals.csv'), `${proposals.join('\n')}\n`);
  return folder;
}

/** Writes a config of detection on it for the encoder of fixtures/probe-small. */
export function detectionConfig(folder: string, training: object = {}): string {
  const path = join(folder, 'detection.yaml');
  const config = {
    eval_name: 'action_detection_frozen',
    data: {
      annotations: folder,
      videos: join(folder, 'videos'),
      video_start: 900,
      proposals: join(folder, 'proposals.csv'),
      num_classes: 2,
      frames_per_clip: 4,
      frame_step: 1,
    },
    layers: [1, 2],
    optimization: { resolution: 48, num_epochs: 20, batch_size: 8, lr: 0.01, start_lr: 0.01, ...training },
    pretrain,
    decoder: 'wasm',
  };
  writeFileSync(path, stringify(config));
  return path;
}
