import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as benchmarks from '@vjepa/benchmarks';
import { writeSafetensors } from '@vjepa/checkpoints';
import * as engine from '@vjepa/engine';
import { mersenneTwister } from '@vjepa/random';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { encoderConfig, initializeEncoder } from '@vjepa/vit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { darkAndBright } from './dark-and-bright.fixture.js';
import * as evaluation from './index.js';

const folder = temporaryFolder('ten-lines');
const here = process.cwd();
const small = encoderConfig('vit_tiny', { imageSize: 32, numFrames: 4, depth: 12 });

// What the README's first example reads: a checkpoint, and lists of videos of two classes, dark and bright.
beforeAll(async () => {
  process.chdir(folder);
  await writeSafetensors('vitl16.pth.tar', initializeEncoder(small, mersenneTwister(0)));
  await darkAndBright(folder, 'train', 12);
  await darkAndBright(folder, 'test', 4);
});
afterAll(() => process.chdir(here));

/** A program of some modules, run on sources: what it printed. */
async function printed(text: string): Promise<unknown[]> {
  const modules = { '@vjepa/benchmarks': benchmarks, '@vjepa/engine': engine, '@vjepa/evaluation': evaluation };
  const body = text.replaceAll(/^import (\{.*\}) from ('.*');$/gm, 'const $1 = modules[$2];');
  const lines: unknown[] = [];
  const program = Object.getPrototypeOf(async () => {}).constructor('modules', 'console', body);
  await program(modules, { log: (line: unknown) => lines.push(line) });
  return lines;
}

describe('ten lines', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```js\n(.*?)```/s.exec(readme)![1]!;

  it('of the README go from a checkpoint and two lists to an accuracy', { timeout: 120_000 }, async () => {
    // The same program, of an encoder that a test can run.
    const program = example.replace("'vit_large'", "'vit_tiny'");
    expect(program).not.toBe(example);
    const [accuracy] = (await printed(program)) as [number];
    expect([0, 25, 50, 75, 100]).toContain(accuracy);
    expect(await printed(program)).toEqual([accuracy]);
  });

  it('find classes that an encoder tells apart, and count what cannot be read as wrong', {
    timeout: 120_000,
  }, async () => {
    const broken = join(folder, 'broken.csv');
    writeFileSync('broken.mp4', 'no video');
    writeFileSync(broken, `${readFileSync('test.csv', 'utf8')}broken.mp4 1\n`);
    const wasm = await engine.openEngine({ backend: 'wasm' });
    const { encoder, parameters } = await evaluation.loadEncoder('vitl16.pth.tar');
    expect(encoder).toEqual(small);
    const features = async (list: string) =>
      evaluation.extractFeatures({
        ...{ engine: wasm, encoder, parameters, videos: await benchmarks.readVideoIndex(list) },
        decoder: 'wasm',
      });
    const train = await features('train.csv');
    expect(train.layout).toEqual({ looks: 1, tokens: 8, width: 192 });
    const probe = await evaluation.trainProbe({ engine: wasm, features: train, batchSize: 4, learningRates: [1e-3] });
    expect(await probe.accuracy(await features('test.csv'))).toBe(100);
    const test = await features('broken.csv');
    expect(test.failures).toMatchObject([{ path: join(folder, 'broken.mp4'), label: 1 }]);
    expect(await probe.accuracy(test)).toBe(80);
  });
});
