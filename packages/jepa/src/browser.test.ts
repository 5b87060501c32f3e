import '@vjepa/test-kit/all-close';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHROMIUM, openPage, type TestPage } from '@vjepa/test-kit/page';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Training } from './browser-training.fixture.js';

const WASM = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));

describe.skipIf(!CHROMIUM)('five training steps in headless Chromium (set CHROMIUM_PATH to name one)', () => {
  let opened: TestPage;
  let expected: Training;
  const train = (backend: string) => opened.page.evaluate(`train('${backend}')`) as Promise<Training>;

  beforeAll(async () => {
    opened = await openPage({
      script: {
        entryPoints: [fileURLToPath(new URL('browser-training.fixture.ts', import.meta.url))],
        conditions: ['@vjepa/source', 'browser', 'module', 'import', 'default'],
      },
      ready: 'train',
      file: (url) => {
        const file = join(WASM, url.slice('/wasm/'.length));
        return url.startsWith('/wasm/') && existsSync(file) ? readFileSync(file) : undefined;
      },
      // SwiftShader is Chromium's own Vulkan device in software.
      args: [
        '--no-sandbox',
        '--headless',
        '--enable-unsafe-webgpu',
        '--enable-unsafe-swiftshader',
        '--use-angle=swiftshader',
      ],
    });
    expected = await train('cpu');
  }, 360_000); // drawn by the processor where there is no GPU: minutes on a core shared with other work
  afterAll(() => opened?.close());

  it.each(['wasm', 'webgl', 'webgpu'])(
    'are on %s what they are in plain JavaScript',
    { timeout: 360_000 },
    async (backend) => {
      const actual = await train(backend);
      expect(actual.outputs.map((outputs) => Object.keys(outputs))).toEqual(
        expected.outputs.map((outputs) => Object.keys(outputs)),
      );
      for (const [t, outputs] of expected.outputs.entries()) {
        for (const [name, value] of Object.entries(outputs)) {
          expect(Math.abs(actual.outputs[t]![name]! / value - 1), `${name} of step ${t + 1}`).toBeLessThan(1e-4);
        }
      }
      for (const [name, values] of Object.entries(expected.state)) {
        expect(actual.state[name]!, name).toBeAllClose(values, { ofLargest: 1e-3 });
      }
    },
  );
});
