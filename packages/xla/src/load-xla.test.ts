import { rmSync } from 'node:fs';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadXla, openRuntime } from './load-xla.js';
import { findPlugin } from './locate.js';
import { recommendPlugin } from './recommend-plugin.js';
import { describeWithCpuPlugin } from './with-cpu-plugin.fixture.js';

describe('loadXla where there is no plug-in', () => {
  afterEach(() => void vi.unstubAllEnvs());

  it('names the one to install', async () => {
    const empty = temporaryFolder('no-plugin');
    vi.stubEnv('VJEPA_CACHE', empty);
    vi.stubEnv('VJEPA_XLA_PLUGIN', undefined);
    const refused = expect(loadXla({ device: 'cpu' }));
    await refused.rejects.toMatchObject({
      code: 'not-installed',
      recommended: 'cpu',
      message:
        "no plug-in of XLA for CPUs was found: installPlugin({ kind: 'cpu' }) fetches one, and VJEPA_XLA_PLUGIN may name one",
    });
    const { kind } = recommendPlugin();
    await expect(loadXla()).rejects.toMatchObject({ recommended: kind ?? 'cpu' });
    await expect(loadXla({ device: 'gpu' })).rejects.toMatchObject({ recommended: kind });
    rmSync(empty, { recursive: true });
  });
});

describeWithCpuPlugin('loadXla', () => {
  it('opens devices once, and again after their client was disposed of', async () => {
    const [first, same] = await Promise.all([loadXla({ device: 'cpu' }), loadXla({ device: 'cpu' })]);
    expect(same).toBe(first);
    await first.client.dispose();
    const [next, alike] = await Promise.all([loadXla({ device: 'cpu' }), loadXla({ device: 'cpu' })]);
    expect(alike).toBe(next);
    const step = next.compile((_state, { x }) => ({ state: {}, outputs: { x: x! } }), { state: {} });
    expect((await step({ x: 3 })).x!.data[0]).toBe(3);
    step.dispose();
    await next.client.dispose();
  });

  it('shares no CPU with other processes', async () => {
    const { path } = findPlugin({ kind: 'cpu' })!;
    const store = { setNow: () => undefined, getNow: () => new Uint8Array(), tryGetNow: () => undefined };
    await expect(
      openRuntime({ path, source: 'path', kind: 'cpu' }, { hosts: { index: 0, count: 2, store } }),
    ).rejects.toMatchObject({ code: 'unimplemented', message: expect.stringContaining('on CPUs TensorFlow does') });
  });

  it('refuses a plug-in for other devices than were asked for', async () => {
    const { path } = findPlugin({ kind: 'cpu' })!;
    await expect(openRuntime({ path, source: 'path' }, { device: 'gpu' })).rejects.toMatchObject({
      code: 'not-found',
      message: `a GPU was asked for, and ${path} is a plug-in for cpu`,
    });
  });
});
