import { fixture } from '@vjepa/test-kit/fixtures';
import { describe, expect, it } from 'vitest';
import { convertCheckpoint } from './convert-checkpoint.js';
import { describeInspection, inspectCheckpoint } from './inspect-checkpoint.js';
import { readStateDict } from './read-state-dict.js';
import { temporaryPath } from './temporary-folder.fixture.js';
import { writeTorchCheckpoint } from './write-torch-checkpoint.js';

const linesOf = async (path: string) =>
  describeInspection(await inspectCheckpoint(path))
    .split('\n')
    .slice(1);

/** Tensors of no content; only names and shapes matter. */
const tensors = (shapes: Record<string, number[]>) =>
  new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const data = new Float32Array(shape.reduce((count, length) => count * length, 1));
      return [name, { shape, data }];
    }),
  );

function encoderShapes(depth: number, more: Record<string, number[]>) {
  const shapes: Record<string, number[]> = {
    'patch_embed.proj.weight': [1024, 1, 1, 1, 16],
    'patch_embed.proj.bias': [1],
    ...more,
  };
  for (let i = 0; i < depth; i++) {
    for (const leaf of ['norm1', 'attn.qkv', 'attn.proj', 'norm2', 'mlp.fc1', 'mlp.fc2']) {
      shapes[`blocks.${i}.${leaf}.weight`] = [1];
      shapes[`blocks.${i}.${leaf}.bias`] = [1];
    }
  }
  return shapes;
}

describe('what a file holds, in words', () => {
  it('V-JEPA 2.1, distilled, as its original has it', async () => {
    const { models } = await inspectCheckpoint(fixture('vjepa21-checkpoint/checkpoint.pt'));
    expect(models.map(({ key, kind, version }) => [key, kind, version])).toEqual([
      ['encoder', 'encoder', 'V-JEPA 2.1'],
      ['predictor', 'predictor', 'V-JEPA 2.1'],
      ['ema_encoder', 'encoder', 'V-JEPA 2.1'],
    ]);
    expect(models.flatMap(({ unknown, missing, unread }) => [...unknown, ...missing, ...unread])).toEqual([]);
    expect((await linesOf(fixture('vjepa21-checkpoint/checkpoint.pt')))[0]).toBe(
      '  V-JEPA 2.1 encoder of 12 blocks, 16 wide, /16, distilled, predictor of 4 blocks',
    );
  });

  it('a named size by its name', async () => {
    const path = temporaryPath('large.pt');
    const shapes = encoderShapes(24, { 'norm.weight': [1024], 'norm.bias': [1024] });
    await writeTorchCheckpoint(path, { target_encoder: tensors(shapes) });
    expect((await linesOf(path))[0]).toBe('  V-JEPA 2 ViT-L/16');
  });

  it('position tables that V-JEPA 2 carries unread leave the version open', async () => {
    const { models } = await inspectCheckpoint(fixture('vjepa2-checkpoint/checkpoint.pt'));
    expect(models.map(({ kind, version }) => [kind, version])).toEqual([
      ['encoder', undefined],
      ['predictor', undefined],
      ['encoder', undefined],
    ]);
    expect((await linesOf(fixture('vjepa2-checkpoint/checkpoint.pt')))[0]).toMatch(/V-JEPA or V-JEPA 2/);
  });

  it('names of no such model, and names that it lacks', async () => {
    const path = temporaryPath('odd.pt');
    const { 'blocks.0.norm1.bias': _, ...shapes } = encoderShapes(1, { 'norm.weight': [1], 'norm.bias': [1] });
    await writeTorchCheckpoint(path, { encoder: tensors({ ...shapes, 'blocks.0.gamma': [1] }) });
    const [, unknown, missing] = await linesOf(path);
    expect(unknown).toBe('  encoder has names of no such model: blocks.0.gamma');
    expect(missing).toBe('  encoder lacks: blocks.0.norm1.bias');
  });

  it('a probe of V-JEPA', async () => {
    expect((await linesOf(fixture('probe-small/probe.pth.tar')))[0]).toMatch(
      /^ {2}V-JEPA attentive probe of depth 1 for \d+ classes, 48 wide$/,
    );
  });
});

it('the model of a distilled file is its average', async () => {
  const { key, close } = await readStateDict(fixture('vjepa21-checkpoint/checkpoint.pt'));
  await close();
  expect(key).toBe('ema_encoder');
  const path = temporaryPath('average.safetensors');
  await convertCheckpoint(fixture('vjepa21-checkpoint/checkpoint.pt'), path, { key: 'ema_encoder' });
  const { models } = await inspectCheckpoint(path);
  expect(models).toMatchObject([{ key: undefined, kind: 'encoder', version: 'V-JEPA 2.1', depth: 12 }]);
});
