import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type BuildOptions, build } from 'esbuild';
import { chromium, type Page } from 'playwright-core';
import { findChromium } from '../../../vitest.chromium.js';

/** How Chromium is started, where there is one: tests in pages are skipped without. CHROMIUM_PATH names another. */
export const CHROMIUM = await findChromium();

export interface PageOptions {
  /** What is bundled into the page's one script: a module, or the text of one. */
  script: Pick<BuildOptions, 'entryPoints' | 'stdin' | 'conditions'>;
  /** A global of the script: once it is there, the page is ready. */
  ready: string;
  /** What the server has besides the page and its script; undefined: nothing. */
  file?: (url: string) => string | Uint8Array | undefined;
  /** How Chromium is started instead of as {@link CHROMIUM} says. */
  args?: string[];
}

/** A page in headless Chromium, with a server of its own. */
export interface TestPage {
  page: Page;
  close(): Promise<void>;
}

/** A page's script as an application's bundler makes it. */
export async function bundle(script: PageOptions['script']): Promise<string> {
  const { outputFiles } = await build({
    ...script,
    ...{ bundle: true, write: false, format: 'esm', platform: 'browser', target: 'es2022' },
  });
  return outputFiles[0]!.text;
}

/** Opens a page that runs a script. Needs {@link CHROMIUM}. */
export async function openPage({ script, ready, file, args }: PageOptions): Promise<TestPage> {
  const text = await bundle(script);
  const server = createServer(({ url = '/' }, response) => {
    const path = url.split('?')[0]!;
    const content =
      path === '/'
        ? '<!doctype html><script type="module" src="/page.js"></script>'
        : path === '/page.js'
          ? text
          : file?.(path);
    response.writeHead(content === undefined ? 404 : 200, { 'content-type': typeOf(path) }).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({ ...CHROMIUM, ...(args && { args }) });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.waitForFunction(`globalThis.${ready}`);
  return {
    page,
    async close() {
      await browser.close();
      server.close();
    },
  };
}

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript',
  mjs: 'text/javascript',
  wasm: 'application/wasm',
};

function typeOf(path: string): string {
  return path === '/' ? 'text/html' : (TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream');
}
