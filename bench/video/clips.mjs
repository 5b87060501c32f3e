// Clips per second of the loader, to be read beside bench/video/python_clips.py:
//
//   node bench/video/clips.mjs VIDEO [--clips 40] [--decoder native] [--workers 1] [--cold]
//
// A clip: 16 frames spread over a random 64-frame window, one random crop, 224x224 RGB bytes. Packet indexes come from the cache
// (one pass over the file before timing), code is warm. With --cold every clip comes from a file of its own, a copy without an
// index. `cpu_ms_per_clip` counts processor time of all threads.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { createClipLoader } from '../../packages/video/dist/index.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    clips: { type: 'string', default: '40' },
    decoder: { type: 'string', default: 'native' },
    workers: { type: 'string', default: '1' },
    cold: { type: 'boolean', default: false },
  },
});
const clips = Number(values.clips);
const [video] = positionals;
const folder = mkdtempSync(join(tmpdir(), 'vjepa-clips-'));
const copies = Array.from({ length: values.cold ? clips : 0 }, (_, i) => join(folder, `${i}${extname(video)}`));
for (const copy of copies) copyFileSync(video, copy);
const loader = createClipLoader({
  videos: [video, ...copies].map((path) => ({ path, label: 0 })),
  clip: { framesPerClip: 16, frameStep: 4 },
  transform: { kind: 'pretraining', size: 224 },
  workers: Number(values.workers),
  decoder: values.decoder,
  ...(values.cold && { indexCache: false }),
});
const BATCH = 4;
function* plan(count, first) {
  for (let draw = first; draw < first + count; draw += BATCH) {
    const draws = Array.from({ length: Math.min(BATCH, first + count - draw) }, (_, i) => draw + i);
    yield draws.map((draw) => ({ index: draw < copies.length ? 1 + draw : 0, epoch: 0, draw }));
  }
}
for await (const batch of loader.batches(plan(4 * Number(values.workers), 1_000_000))) batch.release();
const cpu = process.cpuUsage();
const started = performance.now();
let [made, decode, transform, decoded] = [0, 0, 0, 0];
for await (const batch of loader.batches(plan(clips, 0))) {
  made += batch.labels.length;
  decode += batch.milliseconds.decode;
  transform += batch.milliseconds.transform;
  decoded += batch.frames.decoded ?? Number.NaN;
  batch.release();
}
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(cpu);
const round = (value, digits = 1) => Number(value.toFixed(digits));
console.log(
  JSON.stringify({
    library: `@vjepa/video ${(await loader.decoder()).decoder}`,
    workers: Number(values.workers),
    cpu_ms_per_clip: round((user + system) / 1000 / made),
    clips_per_second: round(made / seconds, 2),
    decode_ms: round(decode / made),
    transform_ms: round(transform / made, 2),
    // Of decoders that count them without being slowed down.
    decoded_frames: round(decoded / made),
    rss_mb: Math.round(process.memoryUsage().rss / 1e6),
  }),
);
await loader.close();
rmSync(folder, { recursive: true });
