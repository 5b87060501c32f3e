import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, parse } from 'node:path';
import { readLabelMap, writeLabelMap } from '@vjepa/benchmarks';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { encodeVideo } from '@vjepa/video';
import { beforeAll, describe, expect, it } from 'vitest';
import { untrainedRun } from '../checkpoint/untrained-run.fixture.js';
import { runVjepa } from '../run-vjepa.fixture.js';

const folder = temporaryFolder('dense-command');
const path = (name: string) => join(folder, name);
let run: Awaited<ReturnType<typeof untrainedRun>>;

/** A picture of 40 x 32, red left of a column and blue right of it, and a map with a number on either side. */
async function writeHalves(picture: string, map: string, column: number, numbers: Uint8Array | Uint16Array) {
  for (const file of [picture, map]) mkdirSync(dirname(path(file)), { recursive: true });
  const isLeft = (at: number) => at % 40 < column;
  const data = Uint8Array.from(
    { length: 40 * 32 * 3 },
    (_, i) => [230, 30, 30][isLeft(Math.floor(i / 3)) ? i % 3 : 2 - (i % 3)]!,
  );
  writeFileSync(path(picture), Buffer.concat([Buffer.from('P6 40 32 255\n'), data]));
  const labels = Uint16Array.from({ length: 40 * 32 }, (_, i) => numbers[isLeft(i) ? 0 : 1]!);
  await writeLabelMap(path(map), {
    ...{ height: 32, width: 40 },
    labels: numbers instanceof Uint16Array ? labels : Uint8Array.from(labels),
  });
}

beforeAll(async () => {
  const small = ['model.depth=2', 'model.pred_depth=1', 'data.crop_size=32', 'data.patch_size=8'];
  run = await untrainedRun(path('run'), ...small);
  for (let i = 0; i < 8; i++) {
    const split = i < 6 ? 'train' : 'val';
    await writeHalves(
      `halves/images/${split}/${i}.ppm`,
      `halves/annotations/${split}/${i}.png`,
      8 + 3 * i,
      Uint8Array.of(0, 1),
    );
    await writeHalves(`nyu/${i}.ppm`, `nyu/${i}.png`, 8 + 3 * i, Uint16Array.of(1000, 3000));
    const name = String(i).padStart(5, '0');
    await writeHalves(
      `davis/JPEGImages/480p/edge/${name}.ppm`,
      `davis/Annotations/480p/edge/${name}.png`,
      14 + i,
      Uint8Array.of(1, 0),
    );
  }
  writeFileSync(path('halves/classes.txt'), 'red\nblue\n');
  const pairs = Array.from({ length: 8 }, (_, i) => `${i}.ppm ${i}.png`);
  writeFileSync(path('nyu/nyu_train.txt'), pairs.slice(0, 6).join('\n'));
  writeFileSync(path('nyu/nyu_test.txt'), pairs.slice(6).join('\n'));
  mkdirSync(path('davis/ImageSets/2017'), { recursive: true });
  writeFileSync(path('davis/ImageSets/2017/val.txt'), 'edge\n');
}, 600_000);

const dense = (kind: string, ...more: string[]) =>
  runVjepa('dense', kind, '--run', run.run, '--backend', 'wasm', ...more);
const QUICK = ['--epochs', '12', '--batch-size', '3', '--lr', '0.03', '--no-augment'];

describe('vjepa dense', { timeout: 600_000 }, () => {
  it('segmentation: trains on a folder of one’s own, and keeps results and probe beside the run', async () => {
    const args = ['segmentation', '--data', 'folder', '--root', path('halves'), ...QUICK] as const;
    const { code, stdout, stderr } = await dense(...args);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('training 1 linear layer (classes) on 6 pictures: 12 epochs of 2 steps of 3');
    expect(stdout).toMatch(/mean IoU (9\d|100)\.\d\d over 2 classes/);
    const results = JSON.parse(readFileSync(join(run.run, 'dense_folder/results.json'), 'utf8'));
    expect(results.result.segmentation.perClass.map(({ name }: { name: string }) => name)).toEqual(['red', 'blue']);
    expect(existsSync(join(run.run, 'dense_folder/probe.safetensors'))).toBe(true);
    expect((await dense(...args)).stderr).toContain('--resume');
  });

  it('depth: chooses among rates, and says so as JSON', async () => {
    const sweep = ['--lr', '0.03', '1e-6', '--wd', '0', '--bins', '16', '--max-depth', '5', '--held-out', '0.2'];
    const root = ['--root', path('nyu'), '--resolution', '32x40', '--output', path('depth')];
    const { code, stdout, stderr } = await dense(
      'depth',
      ...root,
      ...QUICK.slice(0, 4),
      '--no-augment',
      ...sweep,
      '--json',
    );
    expect(code, stderr).toBe(0);
    const { candidates, chosen, result, probe } = JSON.parse(stdout);
    expect(candidates).toHaveLength(2);
    expect(chosen).toBe(0);
    expect(result.depth.rmse).toBeLessThan(1);
    expect(probe).toBe(path('depth/probe.safetensors'));
  });

  it('show: writes depths of pictures in millimetres, by a probe that was trained so', async () => {
    const probe = ['--probe', path('depth/probe.safetensors')];
    const input = ['--input', path('nyu/6.ppm'), path('nyu/7.ppm')];
    const { code, stdout, stderr } = await dense('show', ...probe, ...input, '--output', path('shown'));
    expect([code, stdout], stderr).toEqual([0, `${path('shown')}: 2 pictures\n`]);
    const names = readdirSync(path('shown'), { recursive: true })
      .map(String)
      .filter((name) => name.endsWith('.png'));
    expect(names.sort().map((name) => basename(name))).toEqual(['6.png', '7.png']);
    const { labels, height, width } = await readLabelMap(join(path('shown'), names[0]!));
    expect([labels instanceof Uint16Array, height, width]).toEqual([true, 32, 40]);
    // Red is 1 metre away, blue 3.
    expect(labels[16 * 40 + 4]!).toBeLessThan(labels[16 * 40 + 36]!);
  });

  it('show: leaves out what cannot be read, says so, and is refused another model’s features', async () => {
    writeFileSync(path('nyu/broken.jpg'), Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0));
    const probe = ['--probe', path('depth/probe.safetensors'), '--output', path('some')];
    const { code, stdout, stderr } = await dense(
      'show',
      ...probe,
      '--input',
      path('nyu/broken.jpg'),
      path('nyu/6.ppm'),
    );
    expect([code, stdout], stderr).toEqual([0, `${path('some')}: 1 picture\n`]);
    expect(stderr).toMatch(/left out: .*broken\.jpg/);
    const small = ['model.depth=1', 'model.pred_depth=1', 'data.crop_size=32', 'data.patch_size=8'];
    const other = await untrainedRun(path('other'), ...small);
    const model = ['--run', other.run, '--backend', 'wasm'];
    const refused = await runVjepa('dense', 'show', ...model, ...probe, '--input', path('nyu/6.ppm'));
    expect(refused.stderr).toContain('--probe: was trained on another encoder');
  });

  it('tracking: follows an edge, and keeps the masks', async () => {
    const save = path('masks');
    const { code, stdout, stderr } = await dense('tracking', '--root', path('davis'), '--side', '64', '--save', save);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/J&F \d+\.\d\d: J (8|9)\d\.\d\d/);
    const { labels } = await readLabelMap(join(save, 'edge/00007.png'));
    expect(new Set(labels)).toEqual(new Set([0, 1]));
  });

  it('says in its own words what does not fit', async () => {
    const args = ['--data', 'folder', '--root', path('halves'), '--output', path('refused')] as const;
    expect((await dense('segmentation', ...args, '--resolution', '30')).stderr).toContain(
      '--resolution: expected multiples of the patch, 8',
    );
    expect((await dense('segmentation', ...args, '--lr', 'fast')).stderr).toContain('expected numbers of at least 0');
    const one = await dense('segmentation', ...args, '--scale', '2', '1');
    expect(one.stderr).toContain('--scale: expected two factors above 0, the smaller first');
    const missing = await dense('segmentation', ...args, '--root', path('nowhere'));
    expect(missing.stderr).toContain(`a path that the command line names is missing:\n  --root: ${path('nowhere')}`);
    expect(missing.stderr).toContain('name yours, for example --root PATH');
    const split = await dense('depth', '--root', path('nyu'), '--val', 'val', '--output', path('refused'));
    expect(split.stderr).toContain("--val: expected 'train' or 'test', found \"val\"");
    const show = ['--probe', path('depth/probe.safetensors'), '--input', path('nyu/6.png')] as const;
    const { root } = parse(path('nyu'));
    // Nothing of the folder's name is left out of a map's place below another, so that only the root leads back.
    expect((await dense('show', ...show, '--output', root)).stderr).toContain('its map would be');
    expect((await dense('tracking', '--root', path('nowhere'))).stderr).toContain('nowhere');
    const save = ['--root', path('davis'), '--save', path('halves/classes.txt/masks')] as const;
    const kept = await dense('tracking', ...save);
    expect(kept.stderr).toMatch(/classes\.txt.*; name another with --save\n$/);
    expect(kept.stderr).not.toContain('engine:');
    const shown = await dense('show', ...show, '--output', path('halves/classes.txt/maps'));
    expect(shown.stderr).toMatch(/classes\.txt.*; name another with --output\n$/);
    expect(existsSync(path('refused'))).toBe(false);
  });
});

describe('vjepa visualize features --dense', { timeout: 600_000 }, () => {
  it('draws the whole video, as a picture and as a film', async () => {
    const data = Uint8Array.from({ length: 60 * 32 * 32 * 3 }, (_, i) => {
      const [t, y, x] = [Math.floor(i / 3072), Math.floor(i / 96) % 32, Math.floor(i / 3) % 32];
      const inside = x >= 4 + t / 6 && x < 14 + t / 6 && y >= 10 && y < 22;
      return inside ? [240, 200 - 10 * y, 20][i % 3]! : 60;
    });
    await encodeVideo({ frames: { data, frames: 60, height: 32, width: 32 }, rate: 20, output: path('box.mp4') });
    const draw = (output: string, ...more: string[]) => {
      const args = ['--run', run.run, '--video', path('box.mp4'), '--dense', '--output', output, '--patch-pixels', '8'];
      return runVjepa('visualize', 'features', ...args, ...more, '--backend', 'wasm');
    };
    const { code, stdout, stderr } = await draw(path('box.png'));
    expect(code, stderr).toBe(0);
    // 60 frames, 4 apart in tubelets of 2.
    const steps = Number(/(\d+) time steps; \d+ % of the patches are foreground/.exec(stdout)?.[1]);
    expect(steps).toBeGreaterThan(4);
    const png = readFileSync(path('box.png'));
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([steps * 36 - 4, 2 * 32 + 4]);
    expect((await draw(path('all.png'), '--background')).stdout).toContain('100 % of the patches are foreground');
    expect((await draw(path('box.gif'))).code).toBe(0);
    const short = await draw(path('short.png'), '--frames', '4');
    expect(short.stdout, short.stderr).toContain(`${steps} time steps`);
    expect(readFileSync(path('box.gif')).subarray(0, 3).toString()).toBe('GIF');
  });
});
