import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { InputError } from '@vjepa/training';
import { describe, expect, it } from 'vitest';
import type { FixtureResult } from './check-fixture.js';
import { checkParity } from './check-parity.js';
import type { ParityEngine } from './parity-engine.js';

/** An engine on which nothing can be run. */
const engine: ParityEngine = {
  precision: 'float32',
  bind: () => {
    throw new Error('this engine binds nothing');
  },
};

describe('checkParity', () => {
  it('counts what agrees, and tells each result as it comes', async () => {
    const told: FixtureResult[] = [];
    const folders = [fixture('schedules'), fixture('masks-exact')];
    const { results, passed, failed } = await checkParity({ folders, engine, onResult: (result) => told.push(result) });
    expect(told).toEqual(results);
    expect(results.map(({ fixture }) => fixture.kind)).toEqual(expect.arrayContaining(['schedule', 'masks']));
    expect(passed).toBe(results.flatMap(({ comparisons }) => comparisons).length);
    expect(passed).toBeGreaterThan(20);
    expect(failed).toBe(0);
  });

  it('a number that differs is one failed comparison', async () => {
    const folder = temporaryFolder('parity');
    cpSync(fixture('schedules'), folder, { recursive: true });
    const path = join(folder, 'manifest.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    manifest.cases[0].lr[3] *= 1.000001;
    writeFileSync(path, JSON.stringify(manifest));
    const { results, failed } = await checkParity({ folders: [folder], engine });
    expect(failed).toBe(1);
    const [wrong] = results[0]!.comparisons.filter(({ passed }) => !passed);
    expect(wrong!.name).toMatch(/^case0\.lr\[/);
    expect(wrong!.difference).toBeCloseTo(1e-6, 9);
  });

  it('an engine that fails is a failed comparison with its error', async () => {
    const { results, passed, failed } = await checkParity({ folders: [fixture('probe-small')], engine });
    expect({ passed, failed }).toEqual({ passed: 0, failed: 1 });
    expect(results[0]!.comparisons[0]).toMatchObject({ name: 'check', note: 'this engine binds nothing' });
  });

  it('names an option as the caller does where videos are missing', async () => {
    const folders = [fixture('decoded-frames')];
    const skipped = async (optionNames?: (option: string) => string) =>
      (await checkParity({ folders, engine, optionNames })).results.flatMap(({ skipped }) => skipped);
    expect(await skipped()).toEqual(['needs the videos it names: `videos`']);
    expect(await skipped((option) => `--${option}`)).toEqual(['needs the videos it names: --videos']);
  });

  it('refuses folders that are not there or hold nothing, and manifests without a kind', async () => {
    const folder = temporaryFolder('parity');
    const said = (folders: string[]) => checkParity({ folders, engine }).catch((error) => error);
    expect(await said([join(folder, 'none')])).toBeInstanceOf(InputError);
    expect((await said([join(folder, 'none')])).message).toBe(`${join(folder, 'none')}: no such folder`);
    expect((await said([folder])).message).toBe(
      `${folder}: no fixture here or below; a fixture is a folder with a manifest.json`,
    );
    writeFileSync(join(folder, 'manifest.json'), '{ "kind": 1 }');
    expect((await said([folder])).message).toBe(`${join(folder, 'manifest.json')}: expected a "kind", found 1`);
  });
});
