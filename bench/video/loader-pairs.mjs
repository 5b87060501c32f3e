// The loader against a torch DataLoader over torchcodec, in turns: clips per second into training batches of 4, from several videos.
// Run it on an idle machine.
//
//   node bench/video/loader-pairs.mjs VIDEO… [--clips 64] [--rounds 3] [--workers 1,2] [--python python3]
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createClipLoader } from '../../packages/video/dist/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    clips: { type: 'string', default: '64' },
    rounds: { type: 'string', default: '3' },
    workers: { type: 'string', default: '1,2' },
    python: { type: 'string', default: 'python3' },
  },
});
const BATCH = 4;
const clips = Number(values.clips);
const python = fileURLToPath(new URL('python_loader.py', import.meta.url));

/** A batch is used, and given back, as soon as it is there. */
async function ours(workers, seed) {
  const loader = createClipLoader({
    videos: positionals.map((path) => ({ path, label: 0 })),
    clip: { framesPerClip: 16, frameStep: 4 },
    transform: { kind: 'pretraining', size: 224 },
    decoder: 'native',
    ...{ workers, seed },
  });
  const warm = 4 * workers * BATCH;
  function* plan() {
    for (let draw = 0; draw < warm + clips; draw += BATCH) {
      yield Array.from({ length: BATCH }, (_, i) => ({
        index: (draw + i) % positionals.length,
        epoch: 0,
        draw: draw + i,
      }));
    }
  }
  let [made, started] = [0, 0];
  for await (const batch of loader.batches(plan())) {
    made += batch.labels.length;
    batch.release();
    if (made === warm) started = performance.now();
  }
  const seconds = (performance.now() - started) / 1000;
  await loader.close();
  return (made - warm) / seconds;
}

for (const workers of values.workers.split(',').map(Number)) {
  for (let round = 0; round < Number(values.rounds); round++) {
    const speeds = { native: await ours(workers, round) };
    for (const seek of ['exact', 'approximate']) {
      const args = [python, ...positionals, '--workers', String(workers), '--clips', values.clips, '--seek', seek];
      speeds[seek] = JSON.parse(execFileSync(values.python, args, { encoding: 'utf8' })).clips_per_second;
    }
    const ratio = speeds.native / Math.max(speeds.exact, speeds.approximate);
    const rates = Object.entries(speeds).map(([name, rate]) => `${name} ${rate.toFixed(2)}`);
    console.log(
      `${workers} worker(s): ${rates.join(', ')} clips/s; native ${ratio.toFixed(2)} times the faster DataLoader`,
    );
  }
}
