import { fileURLToPath } from 'node:url';
import { fixture } from '@vjepa/test-kit/fixtures';
import { describe, expect, it } from 'vitest';
import { centreClip } from './centre-clip.js';
import { openVideo } from './open-video.js';
import { evaluationTransform } from './transform/evaluation-transform.js';

const nasa = fixture('videos/nasa_13013.mp4');

describe('centreClip', () => {
  it('takes frames about the middle of the video, in the square that an evaluation sees', async () => {
    const clip = await centreClip(nasa, { framesPerClip: 4, frameStep: 2, size: 32 });
    const video = await openVideo(nasa);
    const { frames } = video.info;
    expect(clip.frames).toHaveLength(4);
    expect(Math.abs((clip.frames[0]! + clip.frames[3]!) / 2 - (frames - 1) / 2)).toBeLessThanOrEqual(1);
    const seen = evaluationTransform(await video.decode(clip.frames), { size: 32 }, new Uint8Array(4 * 32 * 32 * 3));
    await video.close();
    expect(clip.pixels).toEqual(seen);
  });

  it('refuses a file that is no video', async () => {
    const file = fileURLToPath(import.meta.url);
    await expect(centreClip(file, { framesPerClip: 4, size: 32 })).rejects.toMatchObject({ code: 'not-a-video' });
  });
});
