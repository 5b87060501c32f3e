import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { readStateDict, writeSafetensors } from '@vjepa/checkpoints';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { lockFolder } from '@vjepa/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { runVjepa } from '../run-vjepa.fixture.js';
import { colouredPictures, darkAndBright, imageConfig, videoConfig } from './evaluation.fixture.js';

let data: Awaited<ReturnType<typeof darkAndBright>>;
let config: string;
const out = temporaryFolder('evaluate');
let runs = 0;

beforeAll(async () => {
  data = await darkAndBright({ train: 8, val: 6 });
  config = videoConfig(data.folder, data);
});

/** Runs `vjepa evaluate --json` into a folder of its own. */
async function evaluate(...args: string[]) {
  const run = join(out, `run-${runs++}`);
  const { code, stdout, stderr } = await runVjepa('evaluate', '--backend', 'wasm', '--json', '--run', run, ...args);
  return { code, stderr, run, result: code === 0 ? JSON.parse(stdout) : undefined };
}

describe('vjepa evaluate on videos', () => {
  it('trains several probes on cached features, counts every sample once, and saves the probe as the reference does', async () => {
    const cache = join(out, 'cache');
    const sweep = ['--set', 'sweep.lr=[1e-2,1e-5]'];
    const { code, stderr, run, result } = await evaluate('--config', config, '--cache', cache, ...sweep);
    expect(code, stderr).toBe(0);
    expect(stderr.match(/^decoder +.*/gm)).toEqual(['decoder    wasm: decoder "wasm" was asked for']);
    const [training] = result.trainings;
    expect(training.probes.map(({ learningRate }: { learningRate: number }) => learningRate)).toEqual([1e-2, 1e-5]);
    const best = training.probes[training.chosen];
    expect(best.validation).toMatchObject({ top1: 100, count: 6 });
    expect(best.validation.perClass.map(({ count }: { count: number }) => count)).toEqual([3, 3]);
    expect(best.validation.confusion).toEqual([
      { label: 0, prediction: 0, count: 3 },
      { label: 1, prediction: 1, count: 3 },
    ]);
    const csv = readFileSync(join(run, 'jepa_r0.csv'), 'utf8').trim().split('\n');
    expect(csv[0]).toBe('epoch,lr,weight-decay,train-acc,val-acc');
    expect(csv).toHaveLength(1 + 2 * 6);

    // Everything is a function of the seed: features from the cache, another batch size of the encoder.
    const again = await evaluate('--config', config, '--cache', cache, ...sweep);
    expect(again.result.trainings).toEqual(result.trainings);
    expect(again.stderr).not.toContain('features of');

    // The saved probe gives the same answers.
    const predictions = join(out, 'predictions.jsonl');
    const probe = join(run, 'jepa-latest.pth.tar');
    const answers = await evaluate('--config', config, '--probe', probe, '--predictions', predictions);
    expect(answers.result.top1).toBe(100);
    const lines = readFileSync(predictions, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ label, prediction }) => [label, prediction])).toEqual([0, 1, 0, 1, 0, 1].map((c) => [c, c]));
    expect(lines[0].probabilities.reduce((a: number, b: number) => a + b)).toBeCloseTo(1, 5);
    const other = await evaluate('--config', config, '--probe', join(run, 'jepa-latest.safetensors'));
    expect(other.result.predictions).toEqual(answers.result.predictions);
  }, 90_000);

  it('leaves out a probe of a sweep that diverges, names it, and goes on with the others', async () => {
    const cache = ['--cache', join(out, 'cache')];
    const alone = await evaluate('--config', config, ...cache, '--set', 'sweep.lr=[1e-2]');
    const { code, stderr, run, result } = await evaluate('--config', config, ...cache, '--set', 'sweep.lr=[1e38,1e-2]');
    expect(code, stderr).toBe(0);
    expect(stderr.match(/^warning: the probe of learning rate .*/gm)).toEqual([
      'warning: the probe of learning rate 1e+38 and weight decay 0.01 has diverged (NaN) and is left out',
    ]);
    const [{ probes, chosen }] = result.trainings;
    expect([chosen, probes[0].validation]).toEqual([1, null]);
    expect(probes[1]).toEqual(alone.result.trainings[0].probes[0]);
    const table = await runVjepa(
      'evaluate',
      '--backend',
      'wasm',
      '--output',
      run,
      '--config',
      config,
      ...cache,
      '--resume',
      '--set',
      'sweep.lr=[1e38,1e-2]',
    );
    expect(table.stdout).toMatch(/1e\+38 .* - .*diverged, left out/);

    const none = await evaluate('--config', config, ...cache, '--set', 'optimization.lr=1e38');
    expect(none.code).toBe(1);
    expect(none.stderr).toMatch(/^error: the probe of learning rate 1e\+38.*has diverged.*lower learning rates/m);
    expect(existsSync(join(none.run, 'results.json'))).toBe(false);
  }, 60_000);

  it('has the same features with and without the cache', async () => {
    const settings = ['--set', 'augment=false', '--set', 'optimization.num_epochs=2'];
    const live = await evaluate('--config', config, ...settings);
    const cached = await evaluate('--config', config, ...settings, '--cache', join(out, 'cache-2'));
    expect(live.code, live.stderr).toBe(0);
    expect(cached.result.trainings).toEqual(live.result.trainings);
  });

  it('does not depend on the batch size in validation', async () => {
    const probe = fixture('probe-small/probe.pth.tar');
    const answers = [];
    for (const batch of [1, 4]) {
      const sizes = ['--set', 'data.num_classes=11', '--set', `optimization.batch_size=${batch}`];
      answers.push((await evaluate('--config', config, '--probe', probe, ...sizes)).result);
    }
    expect(answers[1]).toEqual(answers[0]);
  });

  it('trains the same where a batch passes the probe in parts', async () => {
    const cache = ['--config', config, '--cache', join(out, 'cache'), '--set', 'optimization.batch_size=4'];
    const whole = await evaluate(...cache);
    const parts = await evaluate(...cache, '--set', 'probe_batch=3');
    expect(parts.stderr).toContain('batches of 4, in parts of 3');
    const [a, b] = [whole, parts].map(({ result }) => result.trainings[0].probes[0]);
    expect(b.trainLoss).toBeCloseTo(a.trainLoss, 3);
    expect(b.validation.top1).toBe(a.validation.top1);
  });

  it('draws low-shot splits, and pools by averaging where asked to', async () => {
    const { code, stderr, result } = await evaluate(
      ...['--config', config, '--cache', join(out, 'cache'), '--set', 'low_shot={fraction: 0.5, seeds: [0, 1]}'],
      ...['--set', 'probe.pooling=average', '--set', 'validate_every=6'],
    );
    expect(code, stderr).toBe(0);
    expect(result.trainings).toMatchObject([
      { lowShot: { fraction: 0.5, seed: 0 }, trainingSamples: 4 },
      { lowShot: { fraction: 0.5, seed: 1 }, trainingSamples: 4 },
    ]);
  });

  it('goes on with a training that was stopped', async () => {
    const cache = ['--cache', join(out, 'cache')];
    const whole = await evaluate('--config', config, ...cache);
    const run = join(out, 'resumed');
    const args = ['evaluate', '--backend', 'wasm', '--json', '--run', run, '--config', config, ...cache];
    // The schedule is that of six epochs; the state after the last is found and nothing is trained again.
    const first = await runVjepa(...args);
    const second = await runVjepa(...args, '--resume');
    expect(second.stderr).toContain('resuming after epoch 6');
    expect(JSON.parse(second.stdout).trainings).toEqual(JSON.parse(first.stdout).trainings);
    expect(JSON.parse(first.stdout).trainings).toEqual(whole.result.trainings);
    expect(readFileSync(join(run, 'jepa_r0.csv'), 'utf8').trim().split('\n')).toHaveLength(7);
  });

  describe('with what an earlier evaluation left', () => {
    const run = join(out, 'earlier');
    const again = (...args: string[]) => {
      const cache = ['--cache', join(out, 'cache')];
      return runVjepa('evaluate', '--backend', 'wasm', '--output', run, '--config', config, ...cache, ...args);
    };
    const set = (...keys: string[]) => keys.flatMap((key) => ['--set', key]);
    const results = () => readFileSync(join(run, 'results.json'), 'utf8');

    it('goes on only as the same experiment, and names every difference', async () => {
      expect((await again()).code).toBe(0);
      const before = results();
      const keys = ['seed=1', 'optimization.batch_size=2', 'optimization.num_epochs=7', 'probe.pooling=average'];
      const { code, stderr } = await again('--resume', ...set(...keys));
      expect(code).toBe(1);
      expect(stderr).toMatch(/earlier: was started as another experiment/);
      for (const line of ['seed: 0 -> 1', 'optimization.batch_size: 4 -> 2', 'optimization.num_epochs: 6 -> 7']) {
        expect(stderr).toContain(`\n  ${line}\n`);
      }
      expect(stderr).toContain('probe.pooling: "attentive" -> "average"');
      expect(results()).toBe(before);
    });

    it('goes on where only the speed or the place of files is another', async () => {
      const moved = join(out, 'moved');
      cpSync(fixture('probe-small/encoder.pth.tar'), join(moved, 'renamed.pth.tar'));
      const keys = [
        'num_workers=2',
        'validate_every=3',
        `pretrain.folder=${moved}`,
        'pretrain.checkpoint=renamed.pth.tar',
      ];
      const { code, stderr } = await again('--resume', ...set(...keys));
      expect(code, stderr).toBe(0);
      expect(stderr).toContain('resuming after epoch 6');
    });

    it('does not take a list with other entries, or other weights under the same name', async () => {
      const val = join(data.folder, 'val-fewer.csv');
      writeFileSync(val, readFileSync(data.val, 'utf8').split('\n').slice(2).join('\n'));
      const fewer = await again('--resume', ...set(`data.dataset_val=${val}`));
      expect(fewer.stderr).toContain('validation set: 6 entries -> 4');
      const trained = await readStateDict(fixture('probe-small/encoder.pth.tar'));
      const tensors: Record<string, { shape: number[]; data: Float32Array }> = {};
      for (const [name, tensor] of trained.tensors) {
        tensors[name] = { shape: [...tensor.shape], data: await tensor.readFloat32() };
      }
      await trained.close();
      tensors['norm.bias']!.data[0]! += 1e-6;
      await writeSafetensors(join(data.folder, 'nearly.safetensors'), tensors);
      const other = await again(
        ...['--resume', ...set(`pretrain.folder=${data.folder}`, 'pretrain.checkpoint=nearly.safetensors')],
      );
      expect(other.stderr).toMatch(/encoder: other weights \(\w{12} -> \w{12}\)/);
    });

    it('is never replaced unasked, and wholly where that is asked for', async () => {
      const before = results();
      expect(await again(...set('seed=1'))).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/earlier: holds an earlier video.*--resume.*--overwrite.*--output/),
      });
      expect(results()).toBe(before);
      writeFileSync(join(run, 'notes.txt'), 'mine');
      const { code, stderr } = await again('--overwrite', ...set('seed=1'));
      expect(code, stderr).toBe(0);
      expect(stderr).not.toContain('resuming');
      expect(JSON.parse(results()).config.seed).toBe(1);
      expect(readFileSync(join(run, 'notes.txt'), 'utf8')).toBe('mine');
      expect((await again('--overwrite', '--resume')).stderr).toContain('exclude each other');
    });

    it('never replaces a run of another kind, nor files that are nobody’s', async () => {
      const pretraining = join(out, 'pretraining');
      mkdirSync(pretraining);
      writeFileSync(join(pretraining, 'config.yaml'), 'app: vjepa\n');
      const backbones = join(out, 'backbones');
      cpSync(fixture('probe-small/encoder.pth.tar'), join(backbones, 'jepa-latest.pth.tar'));
      for (const more of [[], ['--overwrite']]) {
        expect((await again('--output', pretraining, ...more)).stderr).toContain('run of another kind (pretraining)');
        expect((await again('--output', backbones, ...more)).stderr).toContain(
          'holds jepa-latest.pth.tar, which is no',
        );
      }
    });

    it('is not touched while another process works in it', async () => {
      const lock = await lockFolder(run, { purpose: 'video_classification_frozen' });
      for (const more of [[], ['--overwrite'], ['--resume']]) {
        expect(await again(...more)).toMatchObject({
          code: 1,
          stderr: expect.stringMatching(/earlier: in use by video.*process/),
        });
      }
      lock.release();
    });
  });

  it('counts an unreadable validation video as wrong only where that is allowed', async () => {
    writeFileSync(join(data.folder, 'val', 'broken.mp4'), 'no video');
    const val = join(data.folder, 'val-broken.csv');
    writeFileSync(val, `${readFileSync(data.val, 'utf8')}val/broken.mp4 1\nval/absent.mp4 0\n`);
    const set = ['--set', `data.dataset_val=${val}`, '--set', 'data.num_classes=11'];
    const probe = ['--probe', fixture('probe-small/probe.pth.tar')];
    const absent = await evaluate('--config', config, ...set, ...probe);
    expect(absent).toMatchObject({ code: 1, stderr: expect.stringMatching(/1 of 8 files are missing.*absent\.mp4/s) });
    const refused = await evaluate('--config', config, ...set, ...probe, '--allow-missing', '1');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/2 of 8 samples cannot be read, 1 allowed.*--allow-missing 2/s);
    expect(refused.stderr).toContain('broken.mp4');
    const { result } = await evaluate('--config', config, ...set, ...probe, '--allow-missing', '2');
    expect(result.count).toBe(8);
    expect(result.failures.map(({ path }: { path: string }) => path.split('/').at(-1))).toEqual([
      'absent.mp4',
      'broken.mp4',
    ]);
  });
});

describe('vjepa evaluate without a sample to train on', () => {
  it('is an error, not a number', async () => {
    const train = join(data.folder, 'train-broken.csv');
    for (const name of ['broken-1.mp4', 'broken-2.mp4']) writeFileSync(join(data.folder, 'train', name), 'no video');
    writeFileSync(train, 'train/broken-1.mp4 0\ntrain/broken-2.mp4 1\n');
    const args = ['--config', config, '--cache', join(out, 'cache-3'), '--set', `data.dataset_train=${train}`];
    const { code, stderr } = await evaluate(...args, '--allow-missing', '2');
    expect(code).toBe(1);
    expect(stderr).toMatch(/train-broken\.csv: none of its 2 samples can be used for training/);
  });
});

describe('vjepa evaluate on images', () => {
  it('trains on pictures repeated in time', async () => {
    const root = await colouredPictures(4);
    const { code, stderr, result } = await evaluate(
      '--config',
      imageConfig(root),
      '--set',
      'optimization.num_epochs=12',
    );
    expect(code, stderr).toBe(0);
    expect(result.trainings[0].probes[0].validation).toMatchObject({ top1: 100, count: 8 });
    expect(result.trainings[0].probes[0].validation.perClass[0].name).toBe('bright');
  });
});

describe('the reference’s evaluation configs', () => {
  const folder = fileURLToPath(new URL('../../../../configs/evaluation/', import.meta.url));
  const all = readdirSync(folder).filter((name) => name.endsWith('.yaml') && name !== 'vjepa2-ek100.yaml');
  const files = all.filter((name) => !name.startsWith('vjepa2-'));
  const six = all.filter((name) => name.startsWith('vjepa2-'));

  it('are fifteen, and six of V-JEPA 2', () => expect([files.length, six.length]).toEqual([15, 6]));

  it.each(six)('%s runs up to the files that are missing', async (name) => {
    const { code, stderr } = await runVjepa('evaluate', '--config', join(folder, name));
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: 3 paths that the config names are missing:\n {2}data\./);
    expect(stderr).toMatch(/pretrain\.checkpoint: path\/to\/checkpoints\/vitl\.pt/);
  });

  it.each(files)('%s runs up to the files that are missing', async (name) => {
    const { code, stderr } = await runVjepa('evaluate', '--config', join(folder, name));
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: 3 paths that the config names are missing:\n {2}data\./);
    expect(stderr).toMatch(/pretrain\.checkpoint: runs\/vit\w+\/jepa-latest\.pth\.tar/);
  });
});

describe('bad input is one clear error', () => {
  const cases: [string, () => string[], RegExp][] = [
    [
      'labels out of range',
      () => ['--set', 'data.num_classes=1'],
      /train\.csv:2: label 1 is outside the 1 classes \(0\.\.0\)/,
    ],
    [
      'an index that lists a file twice',
      () => {
        const path = join(data.folder, 'twice.csv');
        writeFileSync(path, `${readFileSync(data.val, 'utf8')}val/2.mp4 0\n`);
        return ['--set', `data.dataset_val=${path}`];
      },
      /twice\.csv:7: a video is listed twice.*val\/2\.mp4/s,
    ],
    [
      'a class file of the wrong length',
      () => {
        const path = join(data.folder, 'classes.txt');
        writeFileSync(path, 'dark\nbright\ngrey\n');
        return ['--set', `data.class_names=${path}`];
      },
      /classes\.txt: holds 3 class names, expected 2/,
    ],
    [
      'a checkpoint of another architecture',
      () => ['--set', 'pretrain.depth=3'],
      /encoder\.pth\.tar: 2 blocks of width 48; expected 3\. Name the model/,
    ],
    [
      'a truncated checkpoint',
      () => {
        const whole = readFileSync(fixture('probe-small/encoder.pth.tar'));
        writeFileSync(join(data.folder, 'cut.pth.tar'), whole.subarray(0, 400_000));
        return ['--set', `pretrain.folder=${data.folder}`, '--set', 'pretrain.checkpoint=cut.pth.tar'];
      },
      /cut\.pth\.tar: .*(truncated|end of|incomplete|central directory)/i,
    ],
    [
      'a pickle that tries to call something',
      () => {
        writeEvilPickle(join(data.folder, 'evil.pth.tar'));
        return ['--set', `pretrain.folder=${data.folder}`, '--set', 'pretrain.checkpoint=evil.pth.tar'];
      },
      /evil\.pth\.tar: .*refers to/,
    ],
    [
      'a probe for other classes',
      () => ['--probe', fixture('probe-small/probe.pth.tar')],
      /probe\.pth\.tar: the probe tells 11 classes apart, data\.num_classes is 2/,
    ],
    [
      'an encoder in place of a probe',
      () => ['--probe', fixture('probe-small/encoder.pth.tar')],
      /encoder\.pth\.tar: holds no probe: it is V-JEPA .*; name the file of a probe/,
    ],
    ['a mistyped key', () => ['--set', 'low_shoot=0.1'], /low_shoot: unknown key; did you mean low_shot\?/],
  ];

  it.each(cases)('%s', async (_, args, message) => {
    const { code, stderr } = await evaluate('--config', config, ...args());
    expect(code).toBe(1);
    expect(stderr.match(/^error: /gm)).toHaveLength(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });
});

/** A copy of the small checkpoint whose pickle names another function where it names OrderedDict, checksum mended. */
function writeEvilPickle(path: string): void {
  const bytes = readFileSync(fixture('probe-small/encoder.pth.tar'));
  const at = bytes.indexOf('ccollections\nOrderedDict\n');
  bytes.write('csubprocess_\ncheck_call_\n', at, 'latin1');
  // The zip's directory: the pickle's checksum, size and place. No other four bytes are that checksum.
  const entry = bytes.lastIndexOf('PK\x01\x02', bytes.lastIndexOf('data.pkl'), 'latin1');
  const [oldChecksum, size, local] = [16, 24, 42].map((offset) => bytes.readUInt32LE(entry + offset)) as [
    number,
    number,
    number,
  ];
  const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  const old = Buffer.alloc(4);
  old.writeUInt32LE(oldChecksum);
  for (let i = bytes.indexOf(old); i >= 0; i = bytes.indexOf(old, i + 4)) {
    bytes.writeUInt32LE(crc32(bytes.subarray(start, start + size)), i);
  }
  writeFileSync(path, bytes);
}
