import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { expect, it } from 'vitest';
import { availableDecoders } from '../available-decoders.fixture.js';
import { createClipLoader } from '../loader/clip-loader.js';
import { openVideo } from '../open-video.js';

/** Linux shows this attribute of devices as a file of 4096 bytes; reading it fails with EIO where it does not apply. */
const UNREADABLE = '/sys/devices/software/power/autosuspend_delay_ms';
const path = join(temporaryFolder('disk'), 'a.mp4');
if (existsSync(UNREADABLE)) symlinkSync(UNREADABLE, path);
const decoders = await availableDecoders();

it.skipIf(!existsSync(UNREADABLE)).for(decoders)(
  '%s: a read that the disk fails is not the file’s fault',
  async (decoder) => {
    await expect(openVideo(path, { decoder })).rejects.toMatchObject({
      code: 'unavailable',
      passing: true,
      reason: expect.stringMatching(/EIO|i\/o error/),
    });
  },
);

it.skipIf(!existsSync(UNREADABLE))('a sample waits for the disk, and the failure is not remembered', async () => {
  const waits: string[] = [];
  const loader = createClipLoader({
    ...{ videos: [{ path, label: 0 }], clip: { framesPerClip: 4 }, transform: { kind: 'evaluation', size: 16 } },
    ...{ workers: 1, decoder: 'wasm', onBadVideo: 'report', patienceMs: 700 },
    onUnavailable: ({ reason }) => waits.push(reason),
  });
  for await (const batch of loader.batches([[{ index: 0, epoch: 0, draw: 0 }], [{ index: 0, epoch: 0, draw: 1 }]])) {
    expect(batch.failures).toMatchObject([{ passing: true }]);
    batch.release();
  }
  expect(waits).toContainEqual(expect.stringMatching(/EIO|i\/o error/));
  await loader.close();
});
