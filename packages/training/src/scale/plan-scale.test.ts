import { describe, expect, it } from 'vitest';
import type { PretrainingSettings } from '../plan/pretraining-settings.js';
import { describeScale } from './describe-scale.js';
import { planScale } from './plan-scale.js';
import type { ScaleOptions } from './scale-options.js';
import { scaleRecord } from './scale-record.js';

const LARGE: PretrainingSettings = {
  ...{ videos: 'videos', model: 'vit_large', precision: 'bfloat16', epochs: 300, stepsPerEpoch: 300 },
};
/** Masks of few clips, which are drawn quickly. */
const scaled = (options: Partial<ScaleOptions> = {}, settings: Partial<PretrainingSettings> = {}) =>
  planScale({ ...LARGE, ...settings }, { devices: 16, batchSize: 384, maskGroup: 24, ...options });

describe('a pretraining on many devices', () => {
  it('has memory, exchanges, checkpoint and run of its sizes', () => {
    const plan = scaled();
    expect(plan).toMatchObject({ devices: 16, hosts: 2, device: 'h200', encoderParameters: 303_885_312 });
    // (24 + 22) MB a clip and more: three copies of what is trained and one of the target encoder, in float32.
    expect(plan.checkpoint.bytes).toBe(4 * (3 * (303_885_312 + 22_082_944) + 303_885_312));
    expect(plan.checkpoint).toMatchObject({ writeSeconds: plan.checkpoint.bytes / 1e9, everySteps: 300 });
    expect(plan.exchanges.bytes / 1e6).toBeCloseTo(1303.9, 0);
    expect(plan.exchanges.slowestLink).toBe('between hosts');
    const { run, step } = plan;
    expect(run).toMatchObject({ steps: 90_000, checkpoints: 300, modelFlops: 90_000 * step.modelFlops });
    expect(run!.seconds).toBeCloseTo(90_000 * step.seconds + 300 * plan.checkpoint.writeSeconds, 6);
    expect(run!.deviceHours).toBeCloseTo((16 * run!.seconds) / 3600, 6);
    expect(plan.feeding.clipsPerSecond).toBeCloseTo(384 / step.seconds, 6);
    expect(plan.memory.fits).toBe(true);
  });

  it('has shorter masks where one length serves more clips', () => {
    const [alone, together] = [scaled(), scaled({ maskGroup: undefined })];
    expect(together.clips[0]!.lengths.context[0]).toBeLessThan(alone.clips[0]!.lengths.context[0]!);
    expect(together.step.modelFlops).toBeLessThan(alone.step.modelFlops);
  });

  it('keeps less of a state in parts, and gathers it', () => {
    const [whole, parts] = [scaled(), scaled({ shardState: true })];
    expect(parts.memory.argumentBytes).toBeLessThan(whole.memory.argumentBytes / 8);
    expect(parts.exchanges.all.map(({ kind }) => kind)).toEqual(['all-gather', 'reduce-scatter', 'all-reduce']);
    expect(parts.exchanges.bytes).toBeGreaterThan(whole.exchanges.bytes);
  });

  it('exchanges for each part of an accumulation, in less memory', () => {
    const [whole, parts] = [scaled(), scaled({}, { optimization: { accumulationSteps: 4 } })];
    expect(parts.exchanges.bytes).toBeCloseTo(4 * whole.exchanges.bytes, 0);
    expect(parts.memory.temporaryBytes).toBeLessThan(whole.memory.temporaryBytes / 2);
    expect(parts.step.modelFlops).toBe(whole.step.modelFlops);
  });

  it('is slower over slower links, with less efficiency, and on older devices', () => {
    const { step } = scaled();
    expect(scaled({ networkBytesPerSecond: 1e8 }).step.exposedSeconds).toBeGreaterThan(10 * step.exposedSeconds);
    expect(scaled({ assumptions: { products: 0.3 } }).step.productSeconds).toBeCloseTo(2 * step.productSeconds, 10);
    expect(scaled({ device: 'a100-80gb' }).step.productSeconds).toBeCloseTo((989 / 312) * step.productSeconds, 10);
  });

  it('does not fit where it is too large, and says so', () => {
    const plan = scaled({ device: 'a100-40gb', batchSize: 16 * 48 });
    expect(plan.memory.fits).toBe(false);
    expect(describeScale(plan).find((line) => line.startsWith('memory'))).toMatch(
      /DOES NOT FIT into 30 GiB \(75 % of 40 GiB\)/,
    );
  });

  it('has more of other clips in proportion', () => {
    const images = { videos: 'images', numFrames: 1, batchSize: 72 };
    const settings = { model: 'vjepa2_1_vit_base', batchSize: 48, otherClips: [images] };
    const plan = scaled({ devices: 8, batchSize: 384, maskGroup: 48 }, settings);
    const { clips, feeding } = plan;
    expect(clips.map(({ batchSize, frames }) => [batchSize, frames])).toEqual([
      [384, 16],
      [576, 1],
    ]);
    expect(feeding.clipsPerSecond).toBeCloseTo(feeding.clipsPerSecondPerHost, 10);
    expect(describeScale(plan).join('\n')).toMatch(/^note .*images were not measured$/m);
  });

  it('says where computing again saves nothing', () => {
    const notes = (devices: number) =>
      describeScale(scaled({ devices, batchSize: 384 }, { recompute: 'block' })).filter((line) =>
        line.startsWith('note'),
      );
    expect(notes(8)).toEqual([expect.stringMatching(/saves no memory/)]);
    expect(notes(1)).toEqual([]);
  });

  it('of one device exchanges nothing', () => {
    const plan = scaled({ devices: 1, batchSize: 24, steps: undefined }, { stepsPerEpoch: undefined });
    expect(plan.exchanges).toMatchObject({ bytes: 0, seconds: 0, hiddenShare: 1 });
    expect(plan.run).toBeUndefined();
    const lines = describeScale(plan);
    expect(lines.some((line) => line.startsWith('exchanges') || line.startsWith('links'))).toBe(false);
    expect(lines.find((line) => line.startsWith('run'))).toMatch(/how many steps is not said/);
  });
});

describe('what cannot be', () => {
  it.each<[string, Partial<ScaleOptions>, RegExp]>([
    ['no device', { devices: 0 }, /^`devices`: expected a whole number of at least 1, found 0; say how many/],
    ['an unknown one', { device: 'h300' }, /^`device`: expected 'b200' or 'h200' .*'a100-40gb', found "h300"/],
    [
      'parts of hosts',
      { devices: 12, batchSize: 288 },
      /^`devices`: expected whole hosts of 8 devices, found 12; take 16, or another number of `devicesPerHost`/,
    ],
    [
      'shares that are not equal',
      { batchSize: 100 },
      /^`batchSize`: 100 clips a step cannot be shared equally by 16 devices: expected a multiple of 16; take 96 \(6 a device\), or another number of `devices`/,
    ],
    [
      'more than a peak',
      { assumptions: { products: 2 } },
      /^`products`: expected a share above 0 and up to 1, found 2/,
    ],
    ['no rate', { linkBytesPerSecond: 0 }, /^`linkBytesPerSecond`: expected a number above 0, found 0/],
    ['unknown videos', { video: '4k' }, /^`video`: expected '340x256' or '1080p', found "4k"/],
  ])('%s is an error that says what can', (_, options, message) => {
    expect(() => scaled(options)).toThrow(message);
  });

  it('no model of that name', () => {
    expect(() => scaled({}, { model: 'vit_larg' })).toThrow(/vit_larg/);
  });
});

it('a plan as JSON has the lines’ numbers under names in snake_case', () => {
  const plan = scaled();
  const record = scaleRecord(plan);
  expect(record).toMatchObject({
    ...{ computed: true, model: 'vit_large', devices: 16, shard_state: false },
    step: { seconds: plan.step.seconds, model_utilization: plan.step.modelUtilization },
    memory: { temporary_bytes: plan.memory.temporaryBytes, fits: true },
    exchanges: { all: [{ kind: 'all-reduce' }], hidden_share: plan.exchanges.hiddenShare },
  });
  expect(Object.keys(record)).not.toContain('settings');
  expect(JSON.parse(JSON.stringify(record))).toMatchObject({ run: { steps: 90_000 } });
});
