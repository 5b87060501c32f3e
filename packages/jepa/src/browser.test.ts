import '@vjepa/test-kit/all-close';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../../../vitest.chromium.js';
import type { Training } from './browser-training.fixture.js';

const wasm = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
const found = await findChromium();

/** The training page in one script, of the packages' sources. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('browser-training.fixture.ts', import.meta.url))],
    ...{ bundle: true, write: false, format: 'esm', platform: 'browser', target: 'es2022' },
    conditions: ['@vjepa/source', 'browser', 'module', 'import', 'default'],
  });
  return outputFiles[0]!.text;
}

async function serve(script: string): Promise<Server> {
  const server = createServer(({ url = '/' }, response) => {
    const file = join(wasm, url.slice('/wasm/'.length));
    if (url === '/')
      response.setHeader('content-type', 'text/html').end('<script type="module" src="/page.js"></script>');
    else if (url === '/page.js') response.setHeader('content-type', 'text/javascript').end(script);
    else if (url.startsWith('/wasm/') && existsSync(file)) {
      response.setHeader('content-type', 'application/wasm').end(readFileSync(file));
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

describe.skipIf(!found)('five training steps in headless Chromium (set CHROMIUM_PATH to name one)', () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  let expected: Training;
  const train = (backend: string) => page.evaluate(`train('${backend}')`) as Promise<Training>;

  beforeAll(async () => {
    server = await serve(await bundle());
    // SwiftShader is Chromium's own Vulkan device in software.
    browser = await chromium.launch({
      executablePath: found!.executablePath,
      args: [
        '--no-sandbox',
        '--headless',
        '--enable-unsafe-webgpu',
        '--enable-unsafe-swiftshader',
        '--use-angle=swiftshader',
      ],
    });
    page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction('globalThis.train');
    expected = await train('cpu');
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it.each(['wasm', 'webgl', 'webgpu'])(
    'are on %s what they are in plain JavaScript',
    { timeout: 120_000 },
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
