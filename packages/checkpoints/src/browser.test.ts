import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fixture } from '@vjepa/test-kit/fixtures';
import { CHROMIUM, openPage, type TestPage } from '@vjepa/test-kit/page';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { summary } from './summary.fixture.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const KINDS = here('../fixtures/torch-kinds.pt');
const MASKS = fixture('masks-exact/tensors.safetensors');
const LEGACY = here('../fixtures/torch-legacy.pt');

describe.skipIf(!CHROMIUM)('in headless Chromium (set CHROMIUM_PATH to name one)', () => {
  let opened: TestPage;

  beforeAll(async () => {
    const files: Record<string, string> = { '/kinds.pt': KINDS, '/masks': MASKS, '/legacy': LEGACY };
    opened = await openPage({
      script: { entryPoints: [here('summary.fixture.ts')] },
      ready: 'page',
      file: (url) => files[url] && readFileSync(files[url]),
    });
  }, 60_000);
  afterAll(() => opened?.close());

  it.each([
    ['PyTorch archives', '/kinds.pt', KINDS],
    ['PyTorch files from before archives', '/legacy', LEGACY],
    ['safetensors', '/masks', MASKS],
  ])('a page reads %s as Node does, from a Blob and from bytes', async (_, url, path) => {
    const expected = await summary(path);
    for (const form of ['blob', 'arrayBuffer']) {
      const inPage = await opened.page.evaluate(
        `fetch('${url}').then((response) => response.${form}()).then(page.summary)`,
      );
      expect(inPage, form).toBe(expected);
    }
  });

  it('a page is told that it cannot open a path', async () => {
    const message = await opened.page.evaluate("page.readSafetensors('a.safetensors').catch((error) => error.message)");
    expect(message).toBe(
      "a.safetensors: is a path, which a browser cannot open; give a Blob (a chosen File, or what fetch's " +
        'response.blob() gives) or the bytes',
    );
  });
});
