import { findPlugin, recommendPlugin } from '@vjepa/xla';
import { expect, it } from 'vitest';
import { checkXla } from './check-xla.js';

const onlyCpu = findPlugin() === undefined && recommendPlugin().kind === undefined;

it.skipIf(!onlyCpu || findPlugin({ kind: 'cpu' }) === undefined)(
  'a plug-in of XLA is tried, and said which attention its device has',
  async () => {
    const [finding, ...more] = await checkXla({ backend: 'xla' });
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ name: 'XLA', status: 'ok' });
    expect(finding!.detail).toMatch(
      /a step compiled and run in .* s; attention in bfloat16 is composed: cpu has no cuDNN$/,
    );
  },
);
