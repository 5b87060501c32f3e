import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { chromium } from 'playwright-core';
import { expect } from 'vitest';
import { findChromium } from '../../../vitest.chromium.js';

const found = await findChromium();
/** Whether there is a browser, and what a test that is skipped without one says. */
export const hasBrowser = found !== undefined;
export const browserReason = hasBrowser ? '' : ' (skipped: no Chromium found; set CHROMIUM_PATH)';

/**
 * Opens a report as a reader would and checks it: every chart of the page is drawn, a pointer over a chart is answered
 * with its numbers, pictures are there, nothing is logged, and nothing but the file is asked for.
 *
 * @returns its charts' titles with the length of the first curve's path, and the number of pictures
 */
export async function checkReportInBrowser(file: string): Promise<{ charts: Map<string, number>; pictures: number }> {
  const page = readFileSync(file, 'utf8');
  const profile = temporaryFolder('chromium');
  const quiet = ['--disable-quic', '--no-first-run', '--disable-background-networking'];
  const args = [...found!.args, ...quiet, '--disable-component-update', '--disable-sync'];
  const browser = await chromium.launchPersistentContext(profile, { ...found!, headless: true, args });
  try {
    const tab = browser.pages()[0] ?? (await browser.newPage());
    const errors: string[] = [];
    const requests: string[] = [];
    tab.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) errors.push(message.text());
    });
    tab.on('pageerror', (error) => errors.push(String(error)));
    tab.on('request', (request) => requests.push(request.url()));
    await tab.goto(pathToFileURL(file).href);

    const charts = tab.locator('figure.chart');
    const titles = await charts.locator('h3').allTextContents();
    expect(titles).toHaveLength(JSON.parse(/id="charts">(.*?)<\/script>/s.exec(page)![1]!).length);
    const lengths = new Map<string, number>();
    for (const [i, title] of titles.entries()) {
      const paths = charts.nth(i).locator('svg [aria-label="line"] path, svg [aria-label="area"] path');
      expect(await paths.count(), `chart ${title}`).toBeGreaterThan(0);
      const path = (await paths.first().getAttribute('d'))!;
      expect(path, `chart ${title}`).toMatch(/^M[-\d.]+,[-\d.]+L/);
      lengths.set(title, path.length);
    }
    const first = charts.first().locator('svg').last();
    await first.hover();
    await expect.poll(() => first.locator('[aria-label="tip"]').textContent()).toMatch(/step \d+/);

    const images = tab.locator('img');
    const widths = await images.evaluateAll((all) => all.map((one) => (one as { naturalWidth?: number }).naturalWidth));
    for (const width of widths) expect(width).toBeGreaterThan(0);
    expect(errors).toEqual([]);
    expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([pathToFileURL(file).href]);
    return { charts: lengths, pictures: widths.length };
  } finally {
    await browser.close();
  }
}
