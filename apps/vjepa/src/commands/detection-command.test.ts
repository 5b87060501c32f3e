import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { brightAndDark, detectionConfig } from '../evaluate/detection.fixture.js';
import { runVjepa } from '../run-vjepa.fixture.js';

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
