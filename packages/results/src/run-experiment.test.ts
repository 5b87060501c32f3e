import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openEngine } from '@vjepa/engine';
import { nightly } from '@vjepa/test-kit/nightly';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { describe, expect, it } from 'vitest';
import { type ExperimentResults, experimentSoFar } from './results-file.js';
import { runExperiment } from './run-experiment.js';
import { tinyExperiment } from './tiny-experiment.fixture.js';
import type { WorkProgress } from './work-estimate.js';

// Videos are the slow part, and are tested by their own package: all folders here begin with the same.
const videos = temporaryFolder('experiment-videos');
const openCpu = (precision: 'float32' | 'bfloat16') => openEngine({ precision, device: 'cpu' });

function folderWithVideos(name: string): string {
  const folder = temporaryFolder(name);
  if (existsSync(join(videos, 'videos'))) cpSync(join(videos, 'videos'), join(folder, 'videos'), { recursive: true });
  return folder;
}

/** What does not depend on the clock. */
function numbersOf(found: ExperimentResults) {
  return {
    pretrainings: found.pretrainings.map(({ seconds: _, ...result }) => result),
    cells: found.cells.map(({ seconds: _, ...result }) => result),
  };
}

/** Runs a folder's experiment to its end, stopped every so often at the given moments. */
async function runStopped(folder: string, stopAt: (progress: WorkProgress) => boolean) {
  const afterwards: WorkProgress[] = [];
  for (let sessions = 1; ; sessions++) {
    const stopping = new AbortController();
    let stopped = false;
    const found = await runExperiment({
      ...{ experiment: tinyExperiment, folder, openEngine: openCpu, signal: stopping.signal },
      onProgress(progress) {
        if (stopped) afterwards.push(progress);
        if (stopped || !stopAt(progress)) return;
        stopped = true;
        stopping.abort();
      },
    });
    if (found !== undefined) return { found, sessions, afterwards };
  }
}

describe('an experiment', { timeout: 600_000 }, () => {
  let whole: ExperimentResults;
  let folder: string;

  it('measures every cell, and keeps what each was asked for, its log, its weights and its result', async () => {
    folder = folderWithVideos('experiment');
    const shown: WorkProgress[] = [];
    const results: string[] = [];
    whole = (await runExperiment({
      ...{ experiment: tinyExperiment, folder, openEngine: openCpu },
      onProgress: (progress) => shown.push(progress),
      onResult: ({ start, method }) => results.push(`${start}, ${method}`),
    }))!;
    cpSync(join(folder, 'videos'), join(videos, 'videos'), { recursive: true });
    expect(whole.cells.map(({ cell }) => `${cell.start}, ${cell.method}`).sort()).toEqual(results.sort());
    expect(whole.cells).toHaveLength(9); // 8, and the model whose encoder is the supervised start
    for (const { top1, tests, correct } of whole.cells) {
      expect([tests, correct.length]).toEqual([22, 6]);
      expect(top1).toBeGreaterThanOrEqual(0);
    }
    expect(whole.pretrainings.map(({ name, updates }) => [name, updates])).toEqual([
      ['V-JEPA', 8],
      ['mix', 8],
    ]);
    const probe = join(folder, 'cells/main/v-jepa/attentive-probe/motion-100/seed-0');
    expect(readdirSync(probe).sort()).toEqual([
      ...['config.json', 'console.log', 'probe.pth.tar', 'probe.safetensors', 'result.json'],
    ]);
    const config = JSON.parse(readFileSync(join(probe, 'config.json'), 'utf8'));
    expect(config).toMatchObject({
      seed: 0,
      pretraining: { batchSize: 8 },
      training: { updates: 6 },
      videos: { seed: 3 },
    });
    const half = join(folder, 'cells/main/v-jepa/average-probe/appearance-50/seed-0/console.log');
    expect(readFileSync(half, 'utf8')).toContain('18 videos, 36 clips, ');
    // An encoder's features are computed once for all of its probes; half way is another encoder.
    const begun = shown.map(({ doing }) => doing).filter((doing, i, all) => doing !== all[i - 1]);
    expect(begun.filter((name) => name === 'features, V-JEPA, main, seed 0')).toHaveLength(1);
    expect(begun.filter((name) => name.startsWith('pretraining, V-JEPA'))).toHaveLength(1);
    for (const { share } of shown) expect(share >= 0 && share <= 1).toBe(true);
    const left = shown.flatMap(({ secondsLeft }) => secondsLeft ?? []);
    expect(shown[0]!.secondsLeft).toBeUndefined();
    expect(left.length).toBeGreaterThan(20);
    expect(left.at(-1)).toBe(0);
  });

  it('gives equal numbers with equal seeds, and others with others', async () => {
    const again = await runExperiment({
      ...{ experiment: tinyExperiment, folder: folderWithVideos('again'), openEngine: openCpu },
    });
    expect(numbersOf(again!)).toEqual(numbersOf(whole));
    const cells = tinyExperiment.comparisons[0]!.cells.slice(1, 2);
    const comparisons = [{ title: 'Pretrained', about: '', cells }];
    const other = await runExperiment({
      ...{
        experiment: { ...tinyExperiment, comparisons, seeds: [1] },
        folder: folderWithVideos('other'),
        openEngine: openCpu,
      },
    });
    const same = whole.cells.find(({ cell }) => cell.start === 'V-JEPA' && cell.method === 'attentive probe')!;
    expect(other!.cells[0]).toMatchObject({ cell: same.cell, seed: 1 });
    expect(other!.pretrainings[0]!.loss).not.toBe(whole.pretrainings[0]!.loss);
  });

  it.runIf(nightly)('ends in equal numbers when it is stopped in everything that takes time', async () => {
    const stops = new Set<string>();
    const moments: [RegExp, number][] = [
      [/^pretraining, V-JEPA/, 0.5],
      [/^features, V-JEPA, main/, 0.3],
      [/^random, attentive/, 0.1],
      [/^V-JEPA, end to end/, 0.25],
      [/^random, end to end, motion/, 0.5],
      [/^pretraining, mix/, 0.1],
    ];
    const { found, sessions, afterwards } = await runStopped(folderWithVideos('stopped'), ({ doing, share }) => {
      const due = moments.find(([name, least]) => name.test(doing) && share >= least && !stops.has(String(name)));
      if (due !== undefined) stops.add(String(due[0]));
      return due !== undefined;
    });
    expect(sessions).toBe(moments.length + 1);
    // Features end with the clips under way, and not with all of them.
    expect(afterwards.filter(({ doing }) => doing.startsWith('features'))).toEqual([]);
    expect(numbersOf(found)).toEqual(numbersOf(whole));
  });

  it('counts the time of all sessions that trained a model end to end', async () => {
    const folder = folderWithVideos('timed');
    const own = join(folder, 'cells/main/random/end-to-end/motion-100/seed-0');
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, 'time.json'), '{"seconds":5000}');
    const cell = { start: 'random', method: 'end to end', label: 'motion', share: 1 } as const;
    const experiment = { ...tinyExperiment, comparisons: [{ title: 'One', about: '', cells: [cell] }] };
    const found = await runExperiment({ experiment, folder, openEngine: openCpu });
    expect(found!.cells[0]!.seconds).toBeGreaterThan(5000);
    expect(JSON.parse(readFileSync(join(own, 'time.json'), 'utf8')).seconds).toBeGreaterThan(5000);
  });

  it('does nothing again that is done, and takes more seeds and cells in', async () => {
    const before = statSync(join(folder, 'pretrainings/v-jepa/seed-0/result.json')).mtimeMs;
    const done: string[] = [];
    const found = await runExperiment({
      ...{ experiment: tinyExperiment, folder, openEngine: openCpu },
      onProgress: ({ doing }) => done.push(doing),
    });
    expect(numbersOf(found!)).toEqual(numbersOf(whole));
    expect(done).toEqual([]);
    const [comparison] = tinyExperiment.comparisons;
    const cell = { start: 'random', method: 'average probe', label: 'joint', share: 1 } as const;
    const more = { ...tinyExperiment, comparisons: [comparison!, { title: 'More', about: '', cells: [cell] }] };
    const results: unknown[] = [];
    await runExperiment({ experiment: more, folder, openEngine: openCpu, onResult: (added) => results.push(added) });
    expect(results).toEqual([cell]);
    expect(statSync(join(folder, 'pretrainings/v-jepa/seed-0/result.json')).mtimeMs).toBe(before);
  });

  it('refuses a folder with results of other settings, before any work, by the names of these', async () => {
    const { recipe, probe } = tinyExperiment;
    const refused = [
      [{ recipe: { ...recipe, batchSize: 4 } }, /pretrainings\/v-jepa\/seed-0: .*pretraining\.batchSize: 8 -> 4/s],
      [{ probe: { ...probe, updates: 9 } }, /attentive-probe.*training\.updates: 6 -> 9/s],
      [
        { videos: { ...tinyExperiment.videos, others: { ...tinyExperiment.videos.others!, frames: 16 } } },
        /mix.*frames/s,
      ],
    ] as const;
    for (const [changed, message] of refused) {
      const changing = runExperiment({ experiment: { ...tinyExperiment, ...changed }, folder, openEngine: openCpu });
      await expect(changing).rejects.toThrow(message);
    }
    // How fast videos are read decides no number.
    const faster = { ...tinyExperiment, recipe: { ...recipe, clips: { ...recipe.clips, workers: 2 } } };
    expect(experimentSoFar(faster, folder).cells).toHaveLength(9);
  });

  it('refuses, before any work, pictures that are not installed', async () => {
    const { main, others } = tinyExperiment.videos;
    const absent = { ...others!, objects: 'not-installed' as 'mnist' };
    const experiment = { ...tinyExperiment, videos: { ...tinyExperiment.videos, main: main!, others: absent } };
    const untouched = join(temporaryFolder('absent'), 'runs');
    await expect(runExperiment({ experiment, folder: untouched, openEngine: openCpu })).rejects.toThrow(
      /npm install not-installed/,
    );
    expect(existsSync(untouched)).toBe(false);
  });

  it('refuses names of what is not there', async () => {
    const comparisons = [
      { title: 'One', about: '', cells: [{ ...tinyExperiment.comparisons[0]!.cells[0]!, start: 'dino' }] },
    ];
    const experiment = { ...tinyExperiment, comparisons };
    await expect(runExperiment({ experiment, folder, openEngine: openCpu })).rejects.toThrow(
      /One: start.*random.*dino/s,
    );
  });
});
