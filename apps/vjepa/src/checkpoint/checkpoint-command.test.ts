import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type CheckpointValue,
  openTorchCheckpoint,
  readSafetensors,
  readStateDict,
  writeSafetensors,
  writeTorchCheckpoint,
} from '@vjepa/checkpoints';
import { flatten, type HostTensor } from '@vjepa/engine';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { readReferenceCheckpoint, saveCheckpoint } from '@vjepa/training';
import {
  encoderConfig,
  positionTable,
  vjepa2EncoderConfig,
  vjepa2EncoderParameterShapes,
  vjepa2PredictorConfig,
  vjepa2PredictorParameterShapes,
} from '@vjepa/vit';
import { describe, expect, it } from 'vitest';
import { loadPretrainingConfig } from '../config/load-config.js';
import { parseOverride } from '../config/override.js';
import { planOf } from '../config/pretraining-plan.js';
import { namedCommand } from '../named-command.fixture.js';
import { runVjepa } from '../run-vjepa.fixture.js';
import { COMMANDS } from './inspect.js';
import { loadEncoder } from './load-encoder.js';

const folder = temporaryFolder('checkpoint');
const checkpoint = fixture('probe-small/encoder.pth.tar');
const small = { imageSize: 48, numFrames: 4, embedDim: 48, depth: 2, numHeads: 3 };

describe('vjepa checkpoint', () => {
  it('gives the terminal no orders that come from a file or its name', async () => {
    const folder = temporaryFolder('orders');
    const file = join(folder, 'a\x1b[2J.safetensors');
    await writeSafetensors(
      file,
      { 'w\x1b[8m\x9b': { shape: [1], data: Float32Array.of(1) } },
      { note: '\x1b]0;x\x07' },
    );
    const shown = await runVjepa('checkpoint', 'inspect', file, '--tensors');
    const json = await runVjepa('checkpoint', 'inspect', file, '--json');
    const missing = await runVjepa('checkpoint', 'inspect', `${file}\x1b[8m`);
    const refused = await runVjepa('checkpoint', 'convert', file, join(folder, 'b.pt'), '--key', 'x\x1b[8m');
    for (const { stdout, stderr } of [shown, json, missing, refused]) {
      expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]/u);
    }
    expect(shown.stdout).toContain('w\\u001b[8m\\u009b: float32 [1]');
    expect(JSON.parse(json.stdout).root.children[0].key).toBe('w\x1b[8m\x9b');
    expect(missing.stderr).toContain('\\u001b[8m: no such file');
    expect(refused.stderr).toContain("has no 'x\\u001b[8m'");
  });

  it('inspects a file of the reference', async () => {
    const { code, stdout } = await runVjepa('checkpoint', 'inspect', fixture('probe-small/probe.pth.tar'), '--tensors');
    expect(code).toBe(0);
    expect(stdout).toContain('17 tensors, 28,859 parameters');
    expect(stdout).toContain('module.pooler.query_tokens: float32 [1,1,48]');
  });

  it('says what is in a file and which commands take it, which there are', async () => {
    const { stdout } = await runVjepa('checkpoint', 'inspect', fixture('hf-vjepa2/classifier'));
    const lines = stdout.split('\n');
    expect(lines[1]).toMatch(
      /^ {2}V-JEPA 2 encoder of 3 blocks, .*, predictor of 2 blocks, attentive probe of depth 4 for 6/,
    );
    expect(lines[3]).toBe(
      '  for features (vjepa features), predictions of what is masked or to come (vjepa predict), classification (vjepa ' +
        'classify --probe), training of probes (vjepa evaluate), Hugging Face (vjepa checkpoint convert --names hugging-face)',
    );
    for (const words of Object.values(COMMANDS)) {
      const { command, unknownFlags } = namedCommand(/\((.*)\)/.exec(words)![1]!);
      expect([command?.commands, unknownFlags], words).toEqual([[], []]);
    }
  });

  it('converts there and back, value for value', async () => {
    const [there, back] = [join(folder, 'encoder.safetensors'), join(folder, 'back.pth.tar')];
    expect((await runVjepa('checkpoint', 'convert', checkpoint, there)).code).toBe(0);
    expect((await runVjepa('checkpoint', 'convert', there, back)).code).toBe(0);
    const [before, after] = [await readStateDict(checkpoint), await readStateDict(back)];
    expect([...after.tensors.keys()]).toEqual([...before.tensors.keys()]);
    for (const [name, tensor] of before.tensors) {
      expect(await after.tensors.get(name)!.read(), name).toEqual(await tensor.read());
    }
    await before.close();
    await after.close();
    const again = await runVjepa('checkpoint', 'convert', checkpoint, there);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringMatching(/there is a file already.*--overwrite/) });
  });

  it('converts the checkpoint of a run to one that the reference resumes from', async () => {
    const set = ['model.embed_dim=24', 'model.depth=1', 'model.pred_embed_dim=12', 'model.pred_depth=1'];
    const smoke = fileURLToPath(new URL('../../../../configs/pretrain/smoke.yaml', import.meta.url));
    const { config } = loadPretrainingConfig(smoke, [...set, 'optimization.ipe=10'].map(parseOverride));
    const plan = planOf(config);
    const state = flatten<HostTensor>(plan.initialState());
    for (const [name, { data }] of Object.entries(state)) {
      if (name.startsWith('exp_avg')) (data as Float32Array).fill(name.length / 100);
    }
    const run = { config, index: { videos: 7 }, loss: 0.25 };
    const source = await saveCheckpoint(folder, { step: 23, state, run });
    const destination = join(folder, 'run.pth.tar');
    const { code, stderr } = await runVjepa('checkpoint', 'convert', source, destination);
    expect([code, stderr]).toEqual([0, '']);

    const { root, close } = await openTorchCheckpoint(destination);
    const entries = root as Map<string, CheckpointValue>;
    expect([...entries.keys()].sort()).toEqual([
      'batch_size',
      'encoder',
      'epoch',
      'loss',
      'lr',
      'opt',
      'predictor',
      'scaler',
      'target_encoder',
      'world_size',
    ]);
    expect([...(entries.get('target_encoder') as Map<string, unknown>).keys()]).toContain(
      'module.backbone.blocks.0.attn.qkv.weight',
    );
    expect([entries.get('epoch'), entries.get('loss')]).toEqual([2, 0.25]);
    const { learning_rate } = plan.scheduleFor(7).at(23);
    expect(entries.get('lr')).toBe(learning_rate);
    await close();
    expect((await readReferenceCheckpoint(destination, 10, () => {})).state).toEqual(state);
    const heads = ['--num-heads', '2', '--predictor-heads', '2'];
    const theirs = (file: string) =>
      runVjepa('checkpoint', 'convert', file, join(folder, 'run-hf'), '--names', 'hugging-face', ...heads);
    expect((await theirs(source)).stderr).toContain(
      'is of a run of V-JEPA, and transformers has a model of V-JEPA 2 alone',
    );
    expect((await theirs(destination)).stderr).toContain('where it is V-JEPA 2, say so: --is-vjepa2');

    const bare = await saveCheckpoint(folder, { step: 24, state, run: {} });
    const refused = await runVjepa('checkpoint', 'convert', bare, join(folder, 'bare.pth.tar'));
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('--key target_encoder') });
  });

  it('renames V-JEPA 2 for Hugging Face and back', async () => {
    const random = (shape: number[], seed: number) => ({
      shape,
      data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i + seed)),
    });
    const original = {
      'encoder.patch_embed.proj.weight': random([4, 3, 2, 2, 2], 1),
      'encoder.blocks.0.attn.qkv.weight': random([12, 4], 2),
      'encoder.norm.bias': random([4], 3),
      'predictor.mask_tokens.0': random([1, 1, 2], 4),
      'predictor.mask_tokens.1': random([1, 1, 2], 5),
      'predictor.predictor_norm.weight': random([2], 6),
    };
    const [first, theirs, back] = ['v2', 'v2-hf', 'v2-back'].map((name) => join(folder, `${name}.safetensors`)) as [
      string,
      string,
      string,
    ];
    await writeSafetensors(first, original);
    const there = await runVjepa('checkpoint', 'convert', first, theirs, '--names', 'hugging-face');
    expect(there.code, there.stderr).toBe(0);
    const renamed = await readSafetensors(theirs);
    expect(Object.keys(renamed)).toContain('encoder.layer.0.attention.key.weight');
    expect(renamed['predictor.embeddings.mask_tokens']!.shape).toEqual([2, 1, 1, 2]);
    expect((await runVjepa('checkpoint', 'convert', theirs, back, '--names', 'original')).code).toBe(0);
    const again = await readSafetensors(back);
    expect(Object.keys(again).sort()).toEqual(Object.keys(original).sort());
    for (const [name, tensor] of Object.entries(original)) expect(again[name], name).toEqual(tensor);

    const { code, stderr } = await runVjepa(
      ...['features', '--checkpoint', theirs, '--model', 'vit_tiny', '--input', checkpoint, '--output', back],
    );
    expect([code, stderr]).toEqual([1, expect.stringContaining("'encoder' is no encoder: expected the tensors")]);
  });

  it('makes a folder that Hugging Face loads of a released file and a probe, and says what was left out', async () => {
    const [target, probe, labels] = ['hf-folder', 'probe.pt', 'labels.txt'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const classifier = await readStateDict(fixture('hf-vjepa2/classifier'), 'classifier');
    await writeTorchCheckpoint(probe, { classifiers: [new Map(classifier.tensors)] });
    await classifier.close();
    writeFileSync(labels, 'a\nb\nc\nd\ne\nf\n');
    const model = join(folder, 'original.pt');
    const back = await runVjepa('checkpoint', 'convert', fixture('hf-vjepa2/model'), model, '--names', 'original');
    expect(back.code, back.stderr).toBe(0);
    const sizes = ['--resolution', '32', '--frames', '8', '--num-heads', '2', '--predictor-heads', '2'];
    const more = ['--names', 'hugging-face', '--probe', probe, '--labels', labels, ...sizes];
    const { code, stdout, stderr } = await runVjepa('checkpoint', 'convert', model, target, ...more);
    expect(code, stderr).toBe(0);
    const lines = stdout.trim().split('\n');
    expect(lines.slice(0, 3)).toEqual([
      expect.stringMatching(/hf-folder\/config\.json: \d+ bytes$/),
      expect.stringMatching(/hf-folder\/video_preprocessor_config\.json: \d+ bytes$/),
      expect.stringMatching(/hf-folder\/model\.safetensors: \d+ bytes$/),
    ]);
    expect(lines.slice(3)).toEqual([expect.stringMatching(/^note: the probe was trained with 16 heads/)]);
    expect(JSON.parse(readFileSync(join(target, 'config.json'), 'utf8')).id2label['5']).toBe('f');
    expect((await runVjepa('checkpoint', 'convert', model, target, ...more)).stderr).toContain('--overwrite');
    expect(await runVjepa('checkpoint', 'convert', model, target, ...more, '--overwrite')).toMatchObject({ code: 0 });
    const bare = ['checkpoint', 'convert', model, `${target}-bare`, '--names', 'hugging-face', ...sizes.slice(0, 4)];
    expect((await runVjepa(...bare)).stderr).toContain('say how many heads the encoder has: --num-heads N');
    const half = await runVjepa(...bare, '--num-heads', '2');
    expect(half.stderr).toContain('say how many heads the predictor has: --predictor-heads N');
    const refused = fixture('vjepa21-checkpoint/checkpoint.pt');
    const other = await runVjepa('checkpoint', 'convert', refused, `${target}-21`, '--names', 'hugging-face');
    expect(other).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('transformers has a model of V-JEPA 2 alone'),
    });
    expect(other.stderr.trim().split('\n')).toHaveLength(1);
  });

  it('reads the clips of a Hugging Face config off the table that a released file carries unread', async () => {
    const encoder = vjepa2EncoderConfig('vit_tiny', { depth: 1 });
    const zeros = (shapes: ReadonlyMap<string, readonly number[]>) =>
      Array.from(shapes, ([name, shape]): [string, HostTensor] => [
        name,
        { shape: [...shape], data: new Float32Array(shape.reduce((size, length) => size * length, 1)) },
      ]);
    const table = positionTable(encoderConfig('vit_tiny', { imageSize: 96, numFrames: 8 })).data;
    const [source, target] = [join(folder, 'table.pt'), join(folder, 'table')];
    await writeTorchCheckpoint(source, {
      encoder: new Map([
        ...zeros(vjepa2EncoderParameterShapes(encoder)),
        ['pos_embed', { shape: [1, 144, 192], data: table }],
      ]),
      predictor: new Map(zeros(vjepa2PredictorParameterShapes(vjepa2PredictorConfig(encoder, { depth: 1 })))),
    });
    const { code, stdout, stderr } = await runVjepa(
      ...['checkpoint', 'convert', source, target, '--names', 'hugging-face', '--json'],
    );
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout).notes.at(-1)).toBe('left out, as V-JEPA 2 does not read them: pos_embed');
    const config = JSON.parse(readFileSync(join(target, 'config.json'), 'utf8'));
    expect(config).toMatchObject({ crop_size: 96, frames_per_clip: 8, num_attention_heads: 3 });
  });

  it('refuses a truncated file, in one line', async () => {
    const truncated = join(folder, 'truncated.pth.tar');
    writeFileSync(truncated, readFileSync(checkpoint).subarray(0, 300_000));
    const cut = await runVjepa('checkpoint', 'inspect', truncated);
    expect(cut.code).toBe(1);
    expect(cut.stderr).toMatch(/^error: .*truncated\.pth\.tar/);
    expect(cut.stderr.trim().split('\n')).toHaveLength(1);
    // A safetensors file whose header says more than there is.
    const short = join(folder, 'short.safetensors');
    await writeSafetensors(short, { a: { shape: [64], data: new Float32Array(64) } });
    writeFileSync(short, readFileSync(short).subarray(0, 200));
    expect(await runVjepa('checkpoint', 'inspect', short)).toMatchObject({ code: 1 });
  });
});

describe('loadEncoder', () => {
  it('reads every parameter', async () => {
    const { parameters, notes } = await loadEncoder(checkpoint, encoderConfig('vit_tiny', small), 'target_encoder');
    expect(notes).toEqual([]);
    expect(Object.keys(parameters)).toHaveLength(29);
    expect(parameters['blocks.1.attn.qkv.weight']!.shape).toEqual([144, 48]);
  });

  it('replaces a position table of another resolution, and says so', async () => {
    const encoder = encoderConfig('vit_tiny', { ...small, imageSize: 64 });
    const { parameters, notes } = await loadEncoder(checkpoint, encoder);
    expect(notes).toEqual([expect.stringMatching(/pos_embed was made for 18 tokens.*own table for 32 tokens/)]);
    expect(parameters.pos_embed).toEqual({ shape: [1, 32, 48], data: positionTable(encoder).data });
  });

  it('falls back to the encoder where there is no target encoder, and says so', async () => {
    const stored = await readStateDict(checkpoint);
    const tensors = new Map([...stored.tensors].map(([name, tensor]) => [`encoder.${name}`, tensor]));
    const path = join(folder, 'encoder-only.safetensors');
    await writeSafetensors(path, tensors);
    await stored.close();
    const { notes } = await loadEncoder(path, encoderConfig('vit_tiny', small), 'target_encoder');
    expect(notes).toEqual([expect.stringMatching(/no 'target_encoder'; 'encoder' is used/)]);
  });

  it('says in one line how another architecture differs', async () => {
    const other = encoderConfig('vit_tiny', { ...small, depth: 1, embedDim: 24, numHeads: 3 });
    const failure = await loadEncoder(checkpoint, other).catch((error: Error) => error.message);
    expect(failure).toMatch(/^[^\n]*encoder\.pth\.tar: 2 blocks of width 48; expected 1 of width 24\. Name[^\n]*$/);
  });

  it('lists everything that the right architecture lacks', async () => {
    const stored = await readStateDict(checkpoint);
    const path = join(folder, 'damaged.safetensors');
    const tensors = [...stored.tensors].filter(([name]) => name !== 'blocks.0.norm1.bias');
    await writeSafetensors(path, new Map(tensors));
    await stored.close();
    const failure = await loadEncoder(path, encoderConfig('vit_tiny', small)).catch((error: Error) => error.message);
    expect(failure).toMatch(/holds an encoder \(2 blocks of width 48\), and does not fit the model in 1 place/);
    expect(failure).toContain('missing blocks.0.norm1.bias');
  });
});
