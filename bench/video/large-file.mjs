// A file of more than 5 GB, opened without a cached index, then three frames far apart: how long, how much memory.
//
//   node bench/video/large-file.mjs [--file VIDEO] [--decoders native,wasm,cli]
//
// Without --file, a mov of uncompressed 1080p frames is made in the temporary folder (5.4 GB) and removed afterwards.
// Each decoder runs in a process of its own; `peak_mb` is that process's, `child_peak_mb` that of its largest ffmpeg child
// (Linux only).
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openVideo, runFfmpeg } from '../../packages/video/dist/index.js';

const LIMIT_MB = 300;
const { values } = parseArgs({
  options: {
    file: { type: 'string' },
    decoders: { type: 'string', default: 'native,wasm,cli' },
    measure: { type: 'string' },
  },
});
const megabytes = (bytes) => Math.round(bytes / 1e6);
const seconds = (begun) => Number(((performance.now() - begun) / 1000).toFixed(2));

if (values.measure) {
  const children = watchChildren();
  const opening = performance.now();
  const video = await openVideo(values.file, { decoder: values.measure, indexCache: false, timeoutMs: 600_000 });
  const open_seconds = seconds(opening);
  const { frames } = video.info;
  const decoding = performance.now();
  const { data } = await video.decode([0, frames >> 1, frames - 1]);
  if (data.every((value) => value === data[0])) throw new Error('the frames are empty');
  const result = { decoder: values.measure, frames, open_seconds, three_frames_seconds: seconds(decoding) };
  const peak_mb = megabytes(process.resourceUsage().maxRSS * 1024);
  console.log(JSON.stringify({ ...result, peak_mb, child_peak_mb: children.stop() }));
} else {
  const folder = mkdtempSync(join(tmpdir(), 'vjepa-large-'));
  try {
    const file = values.file ?? (await makeLargeFile(join(folder, 'large.mov')));
    console.log(JSON.stringify({ file, gigabytes: statSync(file).size / 1e9 }));
    for (const decoder of values.decoders.split(',')) {
      const args = [fileURLToPath(import.meta.url), '--measure', decoder, '--file', file];
      const result = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
      console.log(JSON.stringify(result));
      if (Math.max(result.peak_mb, result.child_peak_mb) > LIMIT_MB) {
        throw new Error(`${decoder} took more than ${LIMIT_MB} MB`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function makeLargeFile(path) {
  const source = 'testsrc2=size=1920x1080:rate=25,format=uyvy422';
  const args = ['-v', 'error', '-f', 'lavfi', '-i', source, '-frames:v', '1300', '-c:v', 'rawvideo', 'o.mov'];
  await runFfmpeg(args, { outputs: { 'o.mov': path }, timeoutMs: 1_200_000 });
  return path;
}

/** Peak resident memory of the largest child process there was, from /proc. */
function watchChildren() {
  let peak = 0;
  const look = () => {
    try {
      for (const task of readdirSync('/proc/self/task')) {
        for (const child of readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean)) {
          const kilobytes = /VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${child}/status`, 'utf8'))?.[1];
          peak = Math.max(peak, megabytes(Number(kilobytes ?? 0) * 1024));
        }
      }
    } catch {
      // No /proc, or the child has just ended.
    }
  };
  const timer = setInterval(look, 20);
  return {
    stop() {
      clearInterval(timer);
      return peak;
    },
  };
}
