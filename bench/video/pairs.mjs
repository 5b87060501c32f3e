// Wall-clock pairs: native and wasm against PyAV and OpenCV, in turns, on the same frames. Run it on an idle machine.
//
//   node bench/video/pairs.mjs VIDEO… [--clips 100] [--rounds 3] [--workers 1,2] [--decoders native,wasm] [--python python3]
//
// The Python needs av, opencv-python-headless and numpy. Prints one JSON line a measurement and, at the end of each
// video, a table with the clips per second of every round and their ratio to the faster of the two Python libraries.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openVideo, sampleClipIndices, sampleRandom } from '../../packages/video/dist/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    clips: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '3' },
    workers: { type: 'string', default: '1,2' },
    decoders: { type: 'string', default: 'native,wasm' },
    python: { type: 'string', default: 'python3' },
  },
});
const { clips, python } = values;
const decoders = values.decoders.split(',');
const workerCounts = values.workers.split(',');
const folder = mkdtempSync(join(tmpdir(), 'vjepa-pairs-'));
const script = (name) => fileURLToPath(new URL(name, import.meta.url));
const run = (command, args) => JSON.parse(execFileSync(command, args, { encoding: 'utf8' }));

/** The frames of the clips that clips.mjs draws. */
async function windows(path) {
  const { info } = await openVideo(path, { decoder: decoders[0] });
  const clip = { framesPerClip: 16, frameStep: 4 };
  return Array.from({ length: Number(clips) }, (_, i) => {
    const [indices] = sampleClipIndices(clip, info.frames, sampleRandom(0, 0, i));
    return [...indices];
  });
}

for (const video of positionals) {
  const frames = join(folder, 'frames.json');
  writeFileSync(frames, JSON.stringify(await windows(video)));
  for (const workers of workerCounts) {
    const common = [video, '--clips', clips, '--workers', workers];
    const rounds = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      const speeds = {};
      for (const library of ['pyav', ...decoders, 'opencv']) {
        const result = decoders.includes(library)
          ? run(process.execPath, [script('clips.mjs'), ...common, '--decoder', library])
          : run(python, [script('python_clips.py'), ...common, '--library', library, '--windows', frames]);
        console.log(JSON.stringify({ video: basename(video), round, ...result }));
        speeds[library] = result.clips_per_second;
      }
      rounds.push(speeds);
    }
    console.log(`\n${basename(video)}, ${workers} worker(s)`);
    for (const speeds of rounds) {
      const best = Math.max(speeds.pyav, speeds.opencv);
      const ratios = decoders.map((name) => `${name} ${(speeds[name] / best).toFixed(2)} times`);
      const rates = Object.entries(speeds).map(([name, rate]) => `${name} ${rate.toFixed(2)}`);
      console.log(`  clips/s: ${rates.join(', ')}; against the faster of the two: ${ratios.join(', ')}`);
    }
    console.log('');
  }
}
rmSync(folder, { recursive: true });
