import { expect, it } from 'vitest';
import { loadXla, openRuntime } from './load-xla.js';
import { findPlugin } from './locate.js';
import { describeWithCpuPlugin } from './with-cpu-plugin.fixture.js';

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

  it('refuses a plug-in for other devices than were asked for', async () => {
    const { path } = findPlugin({ kind: 'cpu' })!;
    await expect(openRuntime({ path, source: 'path' }, { device: 'gpu' })).rejects.toMatchObject({
      code: 'not-found',
      message: `a GPU was asked for, and ${path} is a plug-in for cpu`,
    });
  });
});
