import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { encodeVideo } from '@vjepa/video';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { runVjepa } from '../run-vjepa.fixture.js';

const SECONDS = 4;
const RATE = 6;

/**
 * A tiny AVA: people are bright (action 3) or dark (action 7) rectangles in the left and right half, which change sides
 * every second; action 9 is not evaluated.
 */
async function brightAndDark() {
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

function detectionConfig(folder: string): string {
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
    optimization: { resolution: 48, num_epochs: 20, batch_size: 8, lr: 0.01, start_lr: 0.01 },
    pretrain: {
      model_name: 'vit_tiny',
      embed_dim: 48,
      depth: 2,
      num_heads: 3,
      frames_per_clip: 4,
      uniform_power: true,
      folder: fixture('probe-small'),
      checkpoint: 'encoder.pth.tar',
      write_tag: 'jepa',
    },
    decoder: 'wasm',
  };
  writeFileSync(path, stringify(config));
  return path;
}

describe('vjepa evaluate on AVA', () => {
  it('finds actions from pooled box features, and keeps them', async () => {
    const folder = await brightAndDark();
    const args = ['evaluate', '--backend', 'wasm', '--json', '--config', detectionConfig(folder)];
    args.push('--run', join(folder, 'run'), '--cache', join(folder, 'cache'));
    const { code, stdout, stderr } = await runVjepa(...args);
    expect(code, stderr).toBe(0);
    const { result } = JSON.parse(stdout);
    expect(
      result.perClass.map(({ name, positives, detections }: Record<string, unknown>) => [name, positives, detections]),
    ).toEqual(['bright', 'dark'].map((name) => [name, 8, 16]));
    expect(result.meanAveragePrecision).toBeGreaterThan(90);
    expect(stderr).toContain('trainA: 8 boxes in 4 key frames');

    const refused = await runVjepa(...args);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/run: holds an earlier action_detection_frozen/),
    });
    const again = await runVjepa(...args, '--resume');
    expect(again.stderr).not.toContain('boxes in');
    expect(JSON.parse(again.stdout).result).toEqual(result);

    // A film that was replaced, and features that were damaged, are computed again: those and no others.
    utimesSync(join(folder, 'videos', 'trainA.mp4'), 1, 1);
    const kept = readdirSync(join(folder, 'cache')).find((name) => name.startsWith('valB'))!;
    const bytes = readFileSync(join(folder, 'cache', kept));
    bytes[bytes.length - 7]! ^= 4;
    writeFileSync(join(folder, 'cache', kept), bytes);
    const third = await runVjepa(...args, '--resume');
    expect(third.stderr.match(/\w+: 8 boxes in/g)).toEqual(['trainA: 8 boxes in', 'valB: 8 boxes in']);
    expect(third.stderr).toMatch(new RegExp(`warning: .*${kept} is damaged`));
    expect(JSON.parse(third.stdout).result).toEqual(result);

    const other = await runVjepa(...args, '--resume', '--set', 'optimization.lr=0.02');
    expect(other.stderr).toMatch(/was started as another experiment.*\n {2}optimization\.lr: 0\.01 -> 0\.02\n/);
    const labels = join(folder, 'ava_train_v2.2.csv');
    writeFileSync(labels, readFileSync(labels, 'utf8').replaceAll(',3,0', ',7,0'));
    const relabelled = await runVjepa(...args, '--resume');
    expect(relabelled.stderr).toContain('training boxes: its 16 entries are others');
    const overwritten = await runVjepa(...args, '--overwrite');
    expect(JSON.parse(overwritten.stdout).result).not.toEqual(result);
    const probed = await runVjepa(...args, '--overwrite', '--probe', 'p.pth.tar');
    expect(probed.stderr).toContain('--probe is not for action_detection_frozen');
  }, 90_000);

  const configs = fileURLToPath(new URL('../../../../configs/detection/', import.meta.url));
  it.each(readdirSync(configs))('%s runs up to the files that are missing', async (name) => {
    const { code, stderr } = await runVjepa('evaluate', '--config', join(configs, name));
    expect(code).toBe(1);
    expect(stderr).toMatch(/4 paths that the config names are missing:\n {2}data\.annotations: path/);
  });
});
