import type { ClipBatch, SampleRequest } from '@vjepa/video';
import { describe, expect, it } from 'vitest';
import { leftEarly } from './left-early.js';

/** A loader that makes two batches ahead and notes what becomes of them. */
function fakeLoader() {
  const log: string[] = [];
  async function* batches(plan: Iterable<readonly SampleRequest[]>) {
    const requests = plan[Symbol.iterator]();
    const ahead: number[] = [];
    const fill = () => {
      while (ahead.length < 3) {
        const { done, value } = requests.next();
        if (done) return;
        ahead.push(value[0]!.index);
        log.push(`asked ${value[0]!.index}`);
      }
    };
    for (fill(); ahead.length > 0; fill()) {
      const index = ahead.shift()!;
      yield { paths: [String(index)], release: () => log.push(`released ${index}`) } as unknown as ClipBatch;
    }
    log.push('empty');
  }
  return { log, batches };
}

function* plan(length: number) {
  for (let index = 0; index < length; index++) yield [{ index, epoch: 0, draw: index }];
}

describe('leftEarly', () => {
  it('gives every batch of a plan', async () => {
    const seen: string[] = [];
    for await (const { paths } of leftEarly(fakeLoader(), plan(5))) seen.push(...paths);
    expect(seen).toEqual(['0', '1', '2', '3', '4']);
  });

  it('waits for what is in the making and asks for no more, whatever ends the loop', async () => {
    const stopped = fakeLoader();
    for await (const _ of leftEarly(stopped, plan(100))) break;
    expect(stopped.log).toEqual(['asked 0', 'asked 1', 'asked 2', 'released 1', 'released 2', 'empty']);

    const failed = fakeLoader();
    const loop = async () => {
      for await (const _ of leftEarly(failed, plan(100))) throw new Error('not finite');
    };
    await expect(loop()).rejects.toThrow('not finite');
    expect(failed.log.at(-1)).toBe('empty');
  });
});
