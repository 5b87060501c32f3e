// Many clips through the loader over a set with 5 % broken files: memory must stay flat, every failure named once.
//
//   node bench/video/endurance.mjs [--clips 10000] [--decoder auto] [--workers 2] [--size 64]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createClipLoader, encodeVideo } from '../../packages/video/dist/index.js';

const { values } = parseArgs({
  options: {
    clips: { type: 'string', default: '10000' },
    decoder: { type: 'string', default: 'auto' },
    workers: { type: 'string', default: '2' },
    size: { type: 'string', default: '64' },
  },
});
const clips = Number(values.clips);
const folder = mkdtempSync(join(tmpdir(), 'vjepa-endurance-'));

/** Eighty short videos of moving noise; four more files are broken, each in its own way. */
async function makeVideos() {
  const [frames, height, width] = [80, 96, 128];
  const videos = [];
  for (let i = 0; i < 76; i++) {
    const data = new Uint8Array(frames * height * width * 3);
    for (let k = 0; k < data.length; k++) data[k] = ((k * (i + 3)) >> 7) + (k % 3) * 40;
    const path = join(folder, `${i}.mp4`);
    await encodeVideo({ frames: { data, frames, height, width }, rate: 25, output: path, crf: 30 });
    videos.push({ path, label: i });
  }
  const broken = {
    'empty.mp4': '',
    'text.mp4': 'not a video '.repeat(300),
    'head.mp4': '\0\0\0\x20ftypisom',
    'gone.mp4': undefined,
  };
  for (const [name, content] of Object.entries(broken)) {
    if (content !== undefined) writeFileSync(join(folder, name), content);
    videos.push({ path: join(folder, name), label: -1 });
  }
  return { videos, broken: Object.keys(broken).length };
}

const { videos, broken } = await makeVideos();
const loader = createClipLoader({
  videos,
  clip: { framesPerClip: 16, frameStep: 4 },
  transform: { kind: 'pretraining', size: Number(values.size) },
  workers: Number(values.workers),
  decoder: values.decoder,
  indexCache: join(folder, 'index'),
});
const BATCH_SIZE = 10;
function* plan() {
  for (let draw = 0; draw < clips; draw += BATCH_SIZE) {
    const epoch = Math.floor(draw / videos.length);
    yield Array.from({ length: BATCH_SIZE }, (_, i) => ({ index: (draw + i) % videos.length, epoch, draw: draw + i }));
  }
}
const megabytes = () => Math.round(process.memoryUsage().rss / 1e6);
const memory = [];
let done = 0;
let failures = 0;
const started = performance.now();
for await (const batch of loader.batches(plan())) {
  done += batch.labels.length;
  failures += batch.failures.length;
  batch.release();
  if (done % Math.max(BATCH_SIZE, clips / 10) === 0) memory.push(megabytes());
}
const seconds = (performance.now() - started) / 1000;
const bad = loader.badVideos();
console.log(
  JSON.stringify(
    {
      ...(await loader.decoder()),
      clips: done,
      clips_per_second: Math.round((done / seconds) * 10) / 10,
      replaced: failures,
      bad_videos: bad.map(({ path, reason, count }) => ({ file: path.slice(folder.length + 1), count, reason })),
      rss_mb_at_each_tenth: memory,
    },
    null,
    1,
  ),
);
await loader.close();
rmSync(folder, { recursive: true });
if (bad.length !== broken) throw new Error(`${broken} files are broken, ${bad.length} were named`);
