const POLL_MS = 2000;
const GRACE_MS = 10_000;

/**
 * A process that `launch` started ends with the keeper that started it: a keeper that was killed can no longer end it.
 */
export function watchKeeper(env: NodeJS.ProcessEnv = process.env): void {
  const keeper = Number(env.VJEPA_KEEPER_PID);
  if (!Number.isInteger(keeper) || keeper <= 1) return;
  const poll = setInterval(() => {
    if (isThere(keeper)) return;
    clearInterval(poll);
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), GRACE_MS);
  }, POLL_MS);
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
