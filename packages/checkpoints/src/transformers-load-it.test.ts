import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fixture, readFixtureTensors } from '@vjepa/test-kit/fixtures';
import { swapFramesAndChannels } from '@vjepa/test-kit/swap-axes';
import { expect, it } from 'vitest';
import { convertCheckpoint } from './convert-checkpoint.js';
import { readStateDict } from './read-state-dict.js';
import { readSafetensors } from './safetensors-file.js';
import { temporaryPath } from './temporary-folder.fixture.js';
import { writeSafetensors } from './write-safetensors.js';

// Runs only where Python finds PyTorch and transformers: `PYTHONPATH` may lead to them.
const hasTransformers =
  spawnSync('python3', ['-c', 'import torch, transformers.models.vjepa2'], { timeout: 120_000 }).status === 0;
const TIMEOUT = 300_000;

/** Loads a folder strictly, and writes what the model makes of clips, double precision. */
const PROGRAM = `
import sys, torch, transformers
from safetensors.torch import load_file, save_file
folder, clips, output, kind = sys.argv[1:5]
model, info = getattr(transformers, kind).from_pretrained(folder, output_loading_info=True, attn_implementation='eager')
print({name: sorted(found) for name, found in info.items() if found})
processor = transformers.AutoVideoProcessor.from_pretrained(folder)
print(type(processor).__name__, dict(processor.size)['shortest_edge'], dict(processor.crop_size))
given = load_file(clips)
model = model.double().eval()
with torch.no_grad():
    made = model(given['pixel_values_videos'].double()) if kind == 'VJEPA2ForVideoClassification' else model(given['pixel_values_videos'].double(), skip_predictor=True)
save_file({name: made[name].float().contiguous() for name in ('logits', 'last_hidden_state') if name in made}, output)
`;

async function loaded(folder: string, clips: string, kind: 'VJEPA2Model' | 'VJEPA2ForVideoClassification') {
  const output = temporaryPath('made.safetensors');
  const lines = execFileSync('python3', ['-W', 'ignore', '-c', PROGRAM, folder, clips, output, kind], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { lines: lines.trim().split('\n'), made: await readSafetensors(output) };
}

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>) {
  expect(found.length).toBe(expected.length);
  const scale = Math.max(...Array.from(expected, Math.abs));
  const difference = Math.max(...Array.from(expected, (value, i) => Math.abs(value - found[i]!)));
  expect(difference / scale).toBeLessThan(1e-6);
}

it.skipIf(!hasTransformers)(
  'transformers load a folder made of a released file without a name too many or too few, and compute its features',
  async () => {
    const folder = temporaryPath('folder');
    const source = fixture('vjepa2-checkpoint/checkpoint.pt');
    const huggingFace = { version: '2', imageSize: 32, numFrames: 8, numHeads: 1, predictorHeads: 1 } as const;
    await convertCheckpoint(source, folder, { names: 'hugging-face', huggingFace });
    const recorded = readFixtureTensors<Float32Array>('vjepa2-checkpoint/tensors.safetensors');
    const clips = temporaryPath('clips.safetensors');
    await writeSafetensors(clips, { pixel_values_videos: swapFramesAndChannels(recorded.clip!) });
    const { lines, made } = await loaded(folder, clips, 'VJEPA2Model');
    expect(lines).toEqual(['{}', "VJEPA2VideoProcessor 36 {'height': 32, 'width': 32}"]);
    expectClose(made.last_hidden_state!.data as Float32Array, recorded['features.target_encoder']!.data);
  },
  TIMEOUT,
);

it.skipIf(!hasTransformers)(
  'transformers load a classification model that went through a file of the original, and give the logits they gave',
  async () => {
    const [file, folder] = [temporaryPath('original.pt'), temporaryPath('folder')];
    const classifier = fixture('hf-vjepa2/classifier');
    await convertCheckpoint(classifier, file, { names: 'original' });
    const huggingFace = { imageSize: 32, numFrames: 8, numHeads: 2, predictorHeads: 2 };
    await convertCheckpoint(file, folder, { names: 'hugging-face', huggingFace });
    const tensors = fixture('hf-vjepa2/tensors.safetensors');
    const { lines, made } = await loaded(folder, tensors, 'VJEPA2ForVideoClassification');
    expect(lines[0]).toBe('{}');
    const { logits } = await readSafetensors(tensors);
    expectClose(made.logits!.data as Float32Array, logits!.data as Float32Array);
  },
  TIMEOUT,
);

it.skipIf(!hasTransformers)(
  'a model that transformers save in several files is read as the one that it was',
  async () => {
    const parts = temporaryPath('parts');
    const model = fixture('hf-vjepa2/model');
    const save = `
import sys, transformers
transformers.VJEPA2Model.from_pretrained(sys.argv[1]).save_pretrained(sys.argv[2], max_shard_size='60KB')
`;
    execFileSync('python3', ['-W', 'ignore', '-c', save, model, parts], { stdio: ['ignore', 'pipe', 'pipe'] });
    expect(readdirSync(parts).filter((name) => name.startsWith('model-')).length).toBeGreaterThan(3);
    for (const key of ['encoder', 'predictor']) {
      const [whole, joined] = [await readStateDict(model, key), await readStateDict(parts, key)];
      expect([...joined.tensors.keys()].sort()).toEqual([...whole.tensors.keys()].sort());
      for (const [name, tensor] of whole.tensors) {
        expect(await joined.tensors.get(name)!.readBytes(), name).toEqual(await tensor.readBytes());
      }
      expect(joined.huggingFace?.encoder).toEqual(whole.huggingFace?.encoder);
      await whole.close();
      await joined.close();
    }
  },
  TIMEOUT,
);
