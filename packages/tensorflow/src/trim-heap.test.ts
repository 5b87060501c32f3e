import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';
import { describe, expect, it } from 'vitest';
import { trimHeap } from './trim-heap.js';

const report = process.report.getReport() as { header: { glibcVersionRuntime?: string } };

describe.skipIf(report.header.glibcVersionRuntime === undefined)('trimming the heap', () => {
  it('gives back what lies free between used pieces', () => {
    const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
    const libc = koffi.load('libc.so.6');
    const calloc = libc.func('calloc', 'void *', ['size_t', 'size_t']);
    const memset = libc.func('memset', 'void *', ['void *', 'int', 'size_t']);
    const free = libc.func('free', 'void', ['void *']);
    const [pieces, bytes] = [1000, 100_000];
    const holes = Array.from({ length: pieces }, () => {
      const [hole, used] = [calloc(1, bytes), calloc(1, 2000)];
      memset(hole, 1, bytes);
      return { hole, used };
    });
    for (const { hole } of holes) free(hole);
    const before = process.memoryUsage.rss();
    trimHeap();
    expect(before - process.memoryUsage.rss()).toBeGreaterThan(0.8 * pieces * bytes);
    for (const { used } of holes) free(used);
  });
});
