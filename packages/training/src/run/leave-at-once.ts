/**
 * Ends this process by the signal that came, as if nobody had listened to it: a shell sees 128 and its number. Nothing is
 * waited for: `process.exit` would end workers in whose name FFmpeg's threads are still reading, and abort.
 */
export function leaveAtOnce(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
