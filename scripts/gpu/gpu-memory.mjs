import { spawn } from 'node:child_process';

/** Asks nvidia-smi every second how much of the first GPU's memory is in use. `stop` gives the most, in MB (2^20 bytes). */
export function watchGpuMemory() {
  let most;
  const query = ['--query-gpu=memory.used', '--format=csv,noheader,nounits', '--id=0', '--loop=1'];
  const child = spawn('nvidia-smi', query, { stdio: ['ignore', 'pipe', 'ignore'] });
  // Where there is no nvidia-smi the table does without.
  child.on('error', () => {});
  child.stdout.setEncoding('utf8').on('data', (text) => {
    for (const line of text.split('\n')) {
      const megabytes = Number.parseInt(line, 10);
      if (Number.isFinite(megabytes)) most = Math.max(most ?? 0, megabytes);
    }
  });
  return {
    stop() {
      child.kill();
      return most;
    },
  };
}
