// Wall-clock pairs: native and wasm against PyAV, OpenCV and torchcodec, in turns, on the same frames. Run it on an idle machine.
//
//   node bench/video/pairs.mjs VIDEO… [--clips 100] [--rounds 3] [--workers 1,2] [--decoders native,wasm]
//     [--libraries pyav,opencv,torchcodec-exact,torchcodec-approximate] [--cold] [--python python3]
//
// The Python needs av, opencv-python-headless and numpy, and torchcodec where it is named. With --cold every clip comes from a
// file that nothing has an index of. Prints one JSON line a measurement and, at the end of each video, a table with the clips
// per second of every round, their ratio to the fastest of the Python libraries in that round, and what the decoder's own speed
// allows: the frames that must be decoded for those that are wanted, at the time a frame takes in a whole file, a thread a worker.
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
    libraries: { type: 'string', default: 'pyav,opencv,torchcodec-exact,torchcodec-approximate' },
    cold: { type: 'boolean', default: false },
    python: { type: 'string', default: 'python3' },
  },
});
const { clips, python } = values;
const decoders = values.decoders.split(',');
const libraries = values.libraries.split(',');
const folder = mkdtempSync(join(tmpdir(), 'vjepa-pairs-'));
const script = (name) => fileURLToPath(new URL(name, import.meta.url));
const run = (command, args) => JSON.parse(execFileSync(command, args, { encoding: 'utf8' }));
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

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
  const { decode_ms_per_frame: frameMs } = run(python, [script('python_clips.py'), video, '--speed']);
  for (const workers of values.workers.split(',')) {
    const common = [video, '--clips', clips, '--workers', workers, ...(values.cold ? ['--cold'] : [])];
    const rounds = [];
    let decoded;
    for (let round = 0; round < Number(values.rounds); round++) {
      const speeds = {};
      // In turns: what the machine does at the time befalls neighbours alike.
      for (const library of [...decoders, ...libraries]) {
        const result = decoders.includes(library)
          ? run(process.execPath, [script('clips.mjs'), ...common, '--decoder', library])
          : run(python, [script('python_clips.py'), ...common, '--library', library, '--windows', frames]);
        console.log(JSON.stringify({ video: basename(video), round, cold: values.cold, ...result }));
        speeds[library] = result.clips_per_second;
        decoded ??= result.decoded_frames;
      }
      rounds.push(speeds);
    }
    console.log(`\n${basename(video)}, ${workers} worker(s)${values.cold ? ', no index' : ''}`);
    for (const library of [...decoders, ...libraries]) {
      console.log(`  ${library}: ${rounds.map((speeds) => speeds[library].toFixed(2)).join(', ')} clips/s`);
    }
    for (const decoder of decoders) {
      const ratios = rounds.map((speeds) => speeds[decoder] / Math.max(...libraries.map((name) => speeds[name])));
      console.log(
        `  ${decoder}: ${median(ratios).toFixed(2)} times the fastest of the others (${ratios.map((ratio) => ratio.toFixed(2)).join(', ')})`,
      );
    }
    const bound = (1000 * Number(workers)) / (decoded * frameMs);
    console.log(`  bound: ${bound.toFixed(2)} clips/s for ${decoded} frames a clip of ${frameMs} ms\n`);
  }
}
rmSync(folder, { recursive: true });
