import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture } from '@vjepa/test-kit/fixtures';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { expect, it } from 'vitest';
import { availableDecoders } from './available-decoders.fixture.js';
import { argumentsForVersion } from './ffmpeg-version.js';
import { openVideo } from './open-video.js';

it('every FFmpeg is asked for the same in its own words', () => {
  const args = ['-noautorotate', '-i', 'a', '-fps_mode', 'passthrough'];
  const uncropped = ['-noautorotate', '-apply_cropping', 'codec', '-i', 'a', '-fps_mode', 'passthrough'];
  expect(argumentsForVersion(args, '4.4.2-0ubuntu0.22.04.1').at(-2)).toBe('-vsync');
  expect(argumentsForVersion(args, '5.1.6-0+deb12u1')).toEqual(args);
  expect(argumentsForVersion(args, 'n7.0.2')).toEqual(args);
  for (const version of ['7.1', 'n9.0.2-17-g2a571b6068', 'N-120000-gabcdef', 'git-2026-01-01']) {
    expect(argumentsForVersion(args, version)).toEqual(uncropped);
  }
});

it('pictures are not cut to the frame that their container asks for, whichever the decoder', async () => {
  const path = fixture('cases/cropped/clean-aperture.mp4');
  const plain = join(temporaryFolder('cropped'), 'plain.mp4');
  const bytes = readFileSync(path);
  bytes.write('free', bytes.indexOf('clap', 0, 'latin1'), 'latin1');
  writeFileSync(plain, bytes);
  for (const decoder of await availableDecoders()) {
    const [cropped, whole] = [await openVideo(path, { decoder }), await openVideo(plain, { decoder })];
    expect(cropped.info).toMatchObject({ width: 96, height: 64 });
    expect(Buffer.compare((await cropped.decode([0, 5])).data, (await whole.decode([0, 5])).data), decoder).toBe(0);
  }
});
