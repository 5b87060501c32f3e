import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSafetensors } from '@vjepa/checkpoints';
import { attentiveProbeConfig, initializeProbe } from '@vjepa/probe';
import { mersenneTwister } from '@vjepa/random';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { expect, it } from 'vitest';
import { darkAndBright, videoConfig } from '../evaluate/evaluation.fixture.js';
import { runVjepa } from '../run-vjepa.fixture.js';

const folder = temporaryFolder('classify');
const video = fixture('videos/nasa_13013.mp4');
const classifier = fixture('hf-vjepa2/classifier');

const classify = (...args: string[]) => runVjepa('classify', '--backend', 'wasm', '--decoder', 'wasm', ...args);

it('a folder of Hugging Face’s says what is in a video by itself', async () => {
  const output = join(folder, 'answers.jsonl');
  const asked = ['--checkpoint', classifier, '--input', video, '--probe-heads', '4'];
  const { code, stdout, stderr } = await classify(...asked, '--top', '2', '--output', output);
  expect(code, stderr).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toEqual([
    video,
    expect.stringMatching(/^ {2,}[\d.]+ % {2}class \d$/),
    expect.stringContaining('class'),
  ]);
  const answer = JSON.parse(readFileSync(output, 'utf8'));
  expect(answer).toMatchObject({ path: video, prediction_name: lines[1]!.split('%')[1]!.trim() });
  expect(answer).not.toHaveProperty('label');
  expect(answer.probabilities).toHaveLength(6);

  const { stdout: json } = await classify(...asked, '--as', 'hugging-face', '--json', '--classes', namesFile(6));
  const [{ file, classes }] = JSON.parse(json).files;
  expect([file, classes.length]).toEqual([video, 5]);
  expect(classes[0]).toEqual({
    label: expect.any(Number),
    name: expect.stringContaining('name'),
    probability: expect.any(Number),
  });
  expect(classes[0].probability).not.toBeCloseTo(Math.max(...answer.probabilities), 5);
});

it('evaluate asks it about labelled videos, as it was trained and as transformers does', async () => {
  const list = join(folder, 'labelled.csv');
  writeFileSync(list, `${video} 4\n`);
  const asked = ['--backend', 'wasm', '--checkpoint', classifier, '--probe', classifier, '--val', list, '--json'];
  const top = async (...args: string[]) => {
    const { code, stdout, stderr } = await runVjepa('evaluate', ...asked, '--set', 'decoder=wasm', ...args);
    expect(code, stderr).toBe(0);
    const { count, perClass, predictions } = JSON.parse(stdout);
    expect([count, perClass[4]]).toEqual([1, expect.objectContaining({ name: 'class 4', count: 1 })]);
    return Math.max(...predictions[0].probabilities);
  };
  const heads = ['--set', 'probe.self_attention=before', '--set', 'probe.depth=4', '--set', 'probe.num_heads=4'];
  const [trained, transformers] = [await top(...heads), await top('--as', 'hugging-face')];
  const classified = await classify('--checkpoint', classifier, '--input', video, '--json', '--probe-heads', '4');
  expect(trained).toBeCloseTo(JSON.parse(classified.stdout).files[0].classes[0].probability, 6);
  expect(transformers).not.toBeCloseTo(trained, 5);
});

it('evaluate shows a published probe the clips of its task, with and without the config of its protocol', async () => {
  const probe = join(folder, 'ssv2.safetensors');
  const sizes = attentiveProbeConfig({ embedDim: 24, numHeads: 4 }, 174, { selfAttention: 'before', numHeads: 4 });
  await writeSafetensors(probe, initializeProbe(sizes, mersenneTwister(1)));
  const list = join(folder, 'ssv2.csv');
  writeFileSync(list, `${video} 4\n`);
  const asked = ['--checkpoint', classifier, '--probe', probe];
  const evaluated = async (...args: string[]) => {
    const heads = ['probe.self_attention=before', 'probe.depth=4', 'probe.num_heads=4', 'decoder=wasm'];
    const sets = heads.flatMap((set) => ['--set', set]);
    const { code, stdout, stderr } = await runVjepa(
      ...['evaluate', '--backend', 'wasm', ...asked, '--val', list, '--json', ...sets, ...args],
    );
    expect(code, stderr).toBe(0);
    const [, looks] = stderr.match(/^probe +174 classes, as Something-Something v2 has; (.*)$/m)!;
    return { looks, likeliest: Math.max(...JSON.parse(stdout).predictions[0].probabilities) };
  };
  const classified = await classify(...asked, '--probe-heads', '4', '--input', video, '--json');
  const expected = {
    looks: '2 clips of 16 frames, 4 apart, 3 views of each',
    likeliest: JSON.parse(classified.stdout).files[0].classes[0].probability,
  };
  const protocol = ['--config', 'configs/evaluation/vjepa2-ssv2.yaml', '--set', 'data.dataset_type=VideoDataset'];
  expect(await evaluated()).toEqual(expected);
  expect(await evaluated(...protocol)).toEqual(expected);
  const { looks } = await evaluated('--set', 'data.frame_step=2', '--set', 'data.num_segments=1');
  expect(looks).toBe('1 clip of 16 frames, 2 apart, 3 views of each');
}, 60_000);

it('a probe trained here is asked as its evaluation asked it', async () => {
  const data = await darkAndBright({ train: 6, val: 4 });
  const config = videoConfig(data.folder, data);
  const run = join(folder, 'evaluation');
  const trained = await runVjepa('evaluate', '--backend', 'wasm', '--config', config, '--run', run, '--json');
  expect(trained.code, trained.stderr).toBe(0);
  const probe = join(run, 'jepa-latest.pth.tar');
  const checkpoint = fixture('probe-small/encoder.pth.tar');
  const { code, stdout, stderr } = await classify(
    '--checkpoint',
    checkpoint,
    '--probe',
    probe,
    '--input',
    data.val,
    '--json',
  );
  expect(code, stderr).toBe(0);
  const asked = await runVjepa('evaluate', '--backend', 'wasm', '--config', config, '--probe', probe, '--json');
  const expected = JSON.parse(asked.stdout).predictions.map(({ probabilities }: { probabilities: number[] }) => {
    return Math.max(...probabilities);
  });
  const found = JSON.parse(stdout).files.map(({ classes }: { classes: { probability: number }[] }) => {
    return classes[0]!.probability;
  });
  expect(found).toEqual(expected);
}, 60_000);

it('says in one line what does not fit', async () => {
  const said = async (...args: string[]) =>
    (await classify('--input', video, ...args)).stderr.trimEnd().split('\n').at(-1);
  expect(await said('--checkpoint', fixture('hf-vjepa2/model'))).toMatch(
    /holds no probe: it is V-JEPA 2 .*; name the file of a probe with --probe$/,
  );
  expect(await said('--checkpoint', classifier, '--probe-heads', '4', '--classes', namesFile(5))).toMatch(
    /the probe tells 6 classes apart, and --classes has 5 names; give the names of the task/,
  );
  expect(await said('--checkpoint', classifier)).toMatch(
    /no tensor tells its number of heads: .*; give --probe-heads$/,
  );
  const small = ['--checkpoint', fixture('hf-vjepa2/model'), '--probe', fixture('probe-small/probe.pth.tar')];
  const { stderr } = await runVjepa('evaluate', '--config', 'none.yaml', '--as', 'hugging-face');
  expect(stderr).toBe('error: --as says how a trained probe is used; name it with --probe\n');
  expect(await said(...small)).toMatch(/the probe reads features 48 wide, and the encoder's are 24/);
});

function namesFile(count: number): string {
  const path = join(folder, `${count}.txt`);
  writeFileSync(path, Array.from({ length: count }, (_, i) => `name ${i}\n`).join(''));
  return path;
}
