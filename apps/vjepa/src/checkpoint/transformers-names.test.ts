import { execFileSync, spawnSync } from 'node:child_process';
import { type StoredTensor, storedTensor, toHuggingFace } from '@vjepa/checkpoints';
import { attentiveProbeConfig, probeParameterShapes } from '@vjepa/probe';
import {
  vjepa2EncoderConfig,
  vjepa2EncoderParameterShapes,
  vjepa2PredictorConfig,
  vjepa2PredictorParameterShapes,
} from '@vjepa/vit';
import { expect, it } from 'vitest';

// Runs only where Python finds PyTorch and transformers: `PYTHONPATH` may lead to them.
const hasTransformers =
  spawnSync('python3', ['-c', 'import torch, transformers.models.vjepa2'], { timeout: 120_000 }).status === 0;

/** The model without its weights, which at these sizes would be gigabytes. */
const PROGRAM = `
import json, sys, torch, transformers
config = transformers.VJEPA2Config(**json.loads(sys.argv[1]))
with torch.device('meta'):
    model = transformers.VJEPA2ForVideoClassification(config)
print(json.dumps({name: list(tensor.shape) for name, tensor in model.state_dict().items()}))
`;

it.skipIf(!hasTransformers).each([
  ['vit_large', { hidden_size: 1024, num_hidden_layers: 24, num_attention_heads: 16, mlp_ratio: 4 }],
  ['vit_huge', { hidden_size: 1280, num_hidden_layers: 32, num_attention_heads: 16, mlp_ratio: 4 }],
  ['vit_giant_xformers', { hidden_size: 1408, num_hidden_layers: 40, num_attention_heads: 22, mlp_ratio: 48 / 11 }],
])(
  '%s with its predictor and a probe has the names and shapes of transformers',
  (name, sizes) => {
    const encoder = vjepa2EncoderConfig(name);
    const probe = attentiveProbeConfig(encoder, 174, { selfAttention: 'before' });
    const ours = new Map<string, StoredTensor>(
      [
        ...vjepa2EncoderParameterShapes(encoder),
        ...vjepa2PredictorParameterShapes(vjepa2PredictorConfig(encoder)),
        ...probeParameterShapes(probe),
      ].map(([parameter, shape]) => [parameter, storedTensor('float32', shape, async () => new Uint8Array())]),
    );
    const renamed = toHuggingFace('a', ours, { prefixed: true });
    const config = JSON.stringify({ ...sizes, num_labels: 174 });
    const theirs = JSON.parse(execFileSync('python3', ['-W', 'ignore', '-c', PROGRAM, config], { encoding: 'utf8' }));
    expect(Object.fromEntries([...renamed].map(([parameter, { shape }]) => [parameter, shape]))).toEqual(theirs);
  },
  180_000,
);
