import { ACCELERATOR_NAMES, VIDEO_KINDS } from '@vjepa/training';
import { describe, expect, it } from 'vitest';
import { runVjepa } from '../run-vjepa.fixture.js';
import { planCommand } from './plan.js';

/** Eight H200 and few masks, which are drawn quickly. */
const plan = (...args: string[]) => runVjepa('plan', '--devices', '8', ...args);
const planned = async (...args: string[]) => JSON.parse((await plan(...args, '--json')).stdout);

describe('vjepa plan', () => {
  it('computes what a config takes, and says that it is computed', async () => {
    const { code, stdout } = await plan('--config', 'configs/pretrain/vitl16.yaml', '--batch', '192');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^computed .*nothing of this was measured/);
    expect(stdout).toMatch(/^exchanges +a step all-reduce 1,304 MB$/m);
    expect(stdout).toMatch(/^run +90,000 steps: /m);
  });

  it('takes a model with its paper’s settings instead, and flags before either', async () => {
    const found = await planned('--model', 'vjepa2_vit_tiny', '--mask-group', '4', '--steps', '1000');
    expect(found).toMatchObject({
      computed: true,
      model: 'vjepa2_vit_tiny',
      devices: 8,
      hosts: 1,
      run: { steps: 1000 },
    });
    expect(found.clips[0]).toMatchObject({ batch_size: 192, frames: 16, side: 256, spacing: { clip_rate: 4 } });
    const flags = [
      '--frames',
      '8',
      '--size',
      '128',
      '--batch',
      '64',
      '--device',
      'a100-40gb',
      '--devices-per-host',
      '4',
    ];
    const other = await planned('--model', 'vjepa2_vit_tiny', '--mask-group', '4', ...flags, '--network', '100');
    expect(other.clips[0]).toMatchObject({ batch_size: 64, frames: 8, side: 128 });
    // Four cards of 100 Gbit/s are 50 GB/s.
    expect(other).toMatchObject({
      hosts: 2,
      exchanges: { slowest_link: 'between hosts', link_bytes_per_second: 50e9 },
    });
    const half = await planned('--model', 'vjepa2_vit_tiny', '--mask-group', '4', '--assume', 'products=0.3');
    expect(half.step.product_seconds).toBeCloseTo(2 * found.step.product_seconds, 12);
  });

  it('says in its own words what cannot be', async () => {
    const said = async (...args: string[]) => (await runVjepa('plan', ...args)).stderr;
    expect(await said('--devices', '0', '--model', 'vit_tiny')).toMatch(/--devices <n>' argument '0' is invalid/);
    expect(await said('--devices', '8', '--model', 'vit_larg')).toMatch(
      /'vit_larg' is invalid\. Allowed choices are vit_tiny/,
    );
    expect(await said('--devices', '8')).toMatch(/give --config FILE or --model NAME, one of both/);
    expect(await said('--devices', '8', '--model', 'vit_tiny', '--device', 'h300')).toMatch(
      /--device: expected 'b200' or .* found "h300"/,
    );
    expect(await said('--devices', '128', '--config', 'configs/pretrain/vitl16.yaml')).toMatch(
      /--batch: 24 clips a step cannot be shared equally by 128 devices: expected a multiple of 128; take 3072 \(24 a device\), or another number of --devices/,
    );
    expect(await said('--devices', '8', '--model', 'vit_tiny', '--assume', 'product=1')).toMatch(
      /--assume: expected products, /,
    );
  });

  it('names every device and video in its help', () => {
    const texts = planCommand().options.map(({ flags, description }) => `${flags} ${description}`);
    const textOf = (flag: string) => texts.find((text) => text.startsWith(flag));
    for (const name of ACCELERATOR_NAMES) expect(textOf('--device ')).toContain(name);
    for (const name of VIDEO_KINDS) expect(textOf('--video ')).toContain(name);
  });
});
