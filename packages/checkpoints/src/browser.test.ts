import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findChromium } from '../../../vitest.chromium.js';
import { summary } from './summary.fixture.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const KINDS = here('../fixtures/torch-kinds.pt');
const MASKS = here('../../../fixtures/masks-exact/tensors.safetensors');
const LEGACY = here('../fixtures/torch-legacy.pt');
const found = await findChromium();

/** The page of `summary.fixture.ts`, in one script. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [here('summary.fixture.ts')],
    ...{ bundle: true, write: false, format: 'esm', platform: 'browser', target: 'es2022' },
  });
  return outputFiles[0]!.text;
}

describe.skipIf(!found)('in headless Chromium (set CHROMIUM_PATH to name one)', () => {
  let server: Server;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const script = await bundle();
    const files: Record<string, string> = { '/kinds.pt': KINDS, '/masks': MASKS, '/legacy': LEGACY };
    server = createServer(({ url = '/' }, response) => {
      if (url === '/page.js') response.setHeader('content-type', 'text/javascript').end(script);
      else if (files[url]) response.end(readFileSync(files[url]));
      else response.setHeader('content-type', 'text/html').end('<script type="module" src="/page.js"></script>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await chromium.launch(found);
    page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction('globalThis.page');
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  it.each([
    ['PyTorch archives', '/kinds.pt', KINDS],
    ['PyTorch files from before archives', '/legacy', LEGACY],
    ['safetensors', '/masks', MASKS],
  ])('a page reads %s as Node does, from a Blob and from bytes', async (_, url, path) => {
    const expected = await summary(path);
    for (const form of ['blob', 'arrayBuffer']) {
      const inPage = await page.evaluate(`fetch('${url}').then((response) => response.${form}()).then(page.summary)`);
      expect(inPage, form).toBe(expected);
    }
  });

  it('a page is told that it cannot open a path', async () => {
    const message = await page.evaluate("page.readSafetensors('a.safetensors').catch((error) => error.message)");
    expect(message).toBe(
      "a.safetensors: is a path, which a browser cannot open; give a Blob (a chosen File, or what fetch's " +
        'response.blob() gives) or the bytes',
    );
  });
});
