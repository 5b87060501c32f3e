import { fixture } from '@vjepa/test-kit/fixtures';
import { expect, it } from 'vitest';
import { describeInspection, inspectCheckpoint } from './inspect-checkpoint.js';
import { temporaryPath } from './temporary-folder.fixture.js';
import { writeTorchCheckpoint } from './write-torch-checkpoint.js';

it('a tree of values and tensors', async () => {
  const { format, fileBytes, root } = await inspectCheckpoint(fixture('pretrain-small/initial.pth.tar'));
  expect([format, fileBytes]).toEqual(['torch', 1171478]);
  const [encoder, predictor] = root.children!;
  expect([encoder!.key, encoder!.kind, encoder!.tensors]).toEqual(['encoder', 'dict', 29]);
  expect(encoder!.bytes).toBe(4 * encoder!.parameters);
  expect(encoder!.children![1]).toEqual({
    key: 'module.backbone.patch_embed.proj.weight',
    kind: 'tensor',
    tensors: 1,
    parameters: 48 * 3 * 2 * 16 * 16,
    bytes: 4 * 48 * 3 * 2 * 16 * 16,
    dtype: 'float32',
    shape: [48, 3, 2, 16, 16],
  });
  expect(root.parameters).toBe(2 * encoder!.parameters + predictor!.parameters);
  expect(root.children!.find(({ key }) => key === 'lr')).toMatchObject({ kind: 'value', value: 0.0006 });
  expect(JSON.parse(JSON.stringify(root))).toEqual(root);
});

it('as text, short and long', async () => {
  const inspection = await inspectCheckpoint(fixture('probe-small/probe.pth.tar'));
  const short = describeInspection(inspection);
  expect(short).toContain('probe.pth.tar: torch, 121.8 kB, 17 tensors,');
  expect(short).toContain('\n  classifier: dict of 17, 17 tensors,');
  expect(short).toContain('\n  lr: 0.001');
  expect(short).not.toContain('query_tokens');
  const long = describeInspection(inspection, { tensors: true });
  expect(long).toContain('\n    module.pooler.query_tokens: float32 [1,1,48]');
});

it('an optimiser with a state for each of many parameters is one line', async () => {
  const path = temporaryPath('opt.pt');
  const step = { shape: [], data: Float32Array.of(1) };
  const state = new Map(Array.from({ length: 100 }, (_, index) => [index, { step }]));
  await writeTorchCheckpoint(path, { opt: { state, param_groups: [] } });
  const lines = describeInspection(await inspectCheckpoint(path)).split('\n');
  expect(lines.slice(1)).toEqual([
    '  opt: dict of 2, 100 tensors, 100 parameters, 400 bytes',
    '    state: dict of 100, 100 tensors, 100 parameters, 400 bytes',
    '    param_groups: list of 0',
  ]);
});

it('names in a file cannot pass for output or for orders to a terminal', async () => {
  const path = temporaryPath('names.pt');
  const name = 'a\n  epoch: 300\x1b[2J';
  await writeTorchCheckpoint(path, { [name]: 'text\x9b', other: 1 });
  const text = describeInspection(await inspectCheckpoint(path));
  expect(text).toContain('\n  a\\u000a  epoch: 300\\u001b[2J: "text\\u009b"\n');
});

it('a safetensors file', async () => {
  const { format, root } = await inspectCheckpoint(fixture('masks-exact/tensors.safetensors'));
  expect([format, root.tensors]).toEqual(['safetensors', 16]);
});
