import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { fixture } from '@vjepa/test-kit/fixtures';
import { expect, it } from 'vitest';
import { convertCheckpoint } from './convert-checkpoint.js';
import { openPretrainingCheckpoint } from './open-pretraining-checkpoint.js';
import type { NamedTensors } from './pretraining-checkpoint.js';
import { temporaryPath } from './temporary-folder.fixture.js';
import { writePretrainingCheckpoint } from './write-pretraining-checkpoint.js';
import { writeTorchCheckpoint } from './write-torch-checkpoint.js';

// Starting PyTorch three times takes a while. Runs only where Python finds PyTorch: `PYTHONPATH` may lead to it.
const hasTorch = spawnSync('python3', ['-c', 'import torch'], { timeout: 60_000 }).status === 0;
const TIMEOUT = 180_000;
const initial = fixture('pretrain-small/initial.pth.tar');

function python(program: string, ...args: string[]): string {
  return execFileSync('python3', ['-c', program, ...args], { encoding: 'utf8' }).trim();
}

it.skipIf(!hasTorch)(
  'PyTorch loads our files with weights_only=True, mapped into memory too',
  async () => {
    const path = temporaryPath('ours.pth.tar');
    const safetensors = temporaryPath('ours.safetensors');
    await convertCheckpoint(initial, safetensors);
    await convertCheckpoint(safetensors, path);
    const compare = `
import sys, torch
def same(a, b):
    if isinstance(a, torch.Tensor): return a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, dict): return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)): return type(a) == type(b) and len(a) == len(b) and all(map(same, a, b))
    return a == b
theirs = torch.load(sys.argv[1], weights_only=True)
print(same(theirs, torch.load(sys.argv[2], weights_only=True)), same(theirs, torch.load(sys.argv[2], weights_only=True, mmap=True)))
`;
    expect(python(compare, initial, path)).toBe('True True');
  },
  TIMEOUT,
);

it.skipIf(!hasTorch)(
  'tensors of unsigned types arrive in PyTorch',
  async () => {
    const path = temporaryPath('unsigned.pt');
    await writeTorchCheckpoint(path, {
      a: { shape: [2], data: Uint16Array.of(0, 65535) },
      b: { shape: [], data: Uint32Array.of(2 ** 32 - 1) },
      c: { shape: [1, 1], data: BigUint64Array.of(2n ** 63n) },
    });
    const print = `
import sys, torch
for t in torch.load(sys.argv[1], weights_only=True).values(): print(t.dtype, list(t.shape), t.flatten().tolist())
`;
    expect(python(print, path).split('\n')).toEqual([
      'torch.uint16 [2] [0, 65535]',
      'torch.uint32 [] [4294967295]',
      'torch.uint64 [1, 1] [9223372036854775808]',
    ]);
  },
  TIMEOUT,
);

it.skipIf(!hasTorch)(
  'sets, bytes, complex numbers, keys of every kind and resolved bits arrive as PyTorch itself reads them',
  async () => {
    const original = fileURLToPath(new URL('../fixtures/torch-values.pt', import.meta.url));
    const path = temporaryPath('values.pt');
    await convertCheckpoint(original, path);
    const compare = `
import sys, torch
def same(a, b):
    if isinstance(a, torch.Tensor): return a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, dict): return len(a) == len(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (torch.device, torch.dtype, torch.layout, torch.Size)): return True
    return a == b
a, b = (torch.load(path, weights_only=True) for path in sys.argv[1:3])
print([k for k in a if not same(a[k], b[k])])
`;
    expect(python(compare, original, path)).toBe('[]');
  },
  TIMEOUT,
);

it.skipIf(!hasTorch)(
  'every type of element arrives',
  async () => {
    const path = temporaryPath('types.pt');
    await writeTorchCheckpoint(path, {
      float16: { shape: [2], data: Float32Array.of(0.5, -2), dtype: 'float16' },
      bfloat16: { shape: [1, 2], data: Float32Array.of(0.5, -2), dtype: 'bfloat16' },
      float64: { shape: [], data: Float64Array.of(0.1) },
      int64: { shape: [1], data: BigInt64Array.of(-(2n ** 62n)) },
      bool: { shape: [2], data: Uint8Array.of(1, 0), dtype: 'bool' },
      int8: { shape: [0, 3], data: new Int8Array(0) },
      large: -(2n ** 70n),
      text: 'ü',
    });
    const print =
      'import sys, torch; print({k: (v.dtype, v.tolist()) if hasattr(v, "dtype") else v for k, v in torch.load(sys.argv[1], weights_only=True).items()})';
    expect(python(print, path)).toBe(
      "{'float16': (torch.float16, [0.5, -2.0]), 'bfloat16': (torch.bfloat16, [[0.5, -2.0]]), " +
        "'float64': (torch.float64, 0.1), 'int64': (torch.int64, [-4611686018427387904]), " +
        "'bool': (torch.bool, [True, False]), 'int8': (torch.int8, []), 'large': -1180591620717411303424, 'text': 'ü'}",
    );
  },
  TIMEOUT,
);

it.skipIf(!hasTorch)(
  'torch.optim.AdamW takes over the state of our optimiser',
  async () => {
    const { path: _, root: __, close, ...models } = await openPretrainingCheckpoint(initial);
    const moments = (tensors: NamedTensors) => {
      const filled = new Map([...tensors].filter(([name]) => !name.includes('pos_embed')));
      return { expAvg: filled, expAvgSq: filled };
    };
    const path = temporaryPath('ours.pth.tar');
    await writePretrainingCheckpoint(path, {
      ...models,
      optimizer: {
        step: 5,
        learningRate: 0.002,
        weightDecay: 0.04,
        betas: [0.9, 0.999],
        epsilon: 1e-8,
        encoder: moments(models.encoder),
        predictor: moments(models.predictor),
      },
    });
    await close();
    const resume = `
import sys, torch
file = torch.load(sys.argv[1], weights_only=True)
models = {m: [(n, torch.nn.Parameter(t, 'pos_embed' not in n)) for n, t in file[m].items()] for m in ('encoder', 'predictor')}
decayed = lambda n, p: 'bias' not in n and p.ndim != 1
groups = [{'params': [p for n, p in models[m] if decayed(n, p) == d]} for d in (True, False) for m in ('encoder', 'predictor')]
opt = torch.optim.AdamW(groups)
opt.load_state_dict(file['opt'])
for m in models:
    for n, p in models[m]:
        if p.requires_grad:
            assert torch.equal(opt.state[p]['exp_avg'], file[m][n]), n
            p.grad = torch.zeros_like(p)
opt.step()
print([g['weight_decay'] for g in opt.param_groups], opt.param_groups[0]['lr'], opt.state[models['encoder'][1][1]]['step'].item())
`;
    expect(python(resume, path)).toBe('[0.04, 0.04, 0, 0] 0.002 6.0');
  },
  TIMEOUT,
);
