import type { ClipBatch, ClipLoader, SampleRequest } from '@vjepa/video';

/**
 * A loader's batches for a loop that may be left early, by `break` or by an error: those in the making are waited for
 * and thrown away. A thread must not be stopped while native code of its decodes, as that takes the process down and
 * with it whatever the loop was about to say.
 */
export async function* leftEarly(
  loader: Pick<ClipLoader, 'batches'>,
  plan: Iterable<readonly SampleRequest[]>,
): AsyncGenerator<ClipBatch, void> {
  let left = false;
  const requests = function* () {
    for (const request of plan) {
      if (left) return;
      yield request;
    }
  };
  const batches = loader.batches(requests())[Symbol.asyncIterator]();
  try {
    for (let next = await batches.next(); !next.done; next = await batches.next()) yield next.value;
  } finally {
    left = true;
    try {
      for (let next = await batches.next(); !next.done; next = await batches.next()) next.value.release();
    } catch {
      // Nobody wants these batches any more, nor their errors.
    }
  }
}
