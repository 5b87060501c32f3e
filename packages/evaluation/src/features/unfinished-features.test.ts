import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { expect, it } from 'vitest';
import { otherUnfinished, unfinishedFolder } from './unfinished-features.js';

it.each(['/', '/./', '//', '/deep/../'])(
  'other extractions for an output do not include its own: folder%sout.npy',
  (way) => {
    const folder = temporaryFolder('unfinished');
    mkdirSync(join(folder, 'deep'));
    const output = `${folder}${way}out.npy`;
    const [own, other] = ['0123456789ab', 'ba9876543210'].map((key) => unfinishedFolder(output, key));
    mkdirSync(own!);
    expect(otherUnfinished(output, own!)).toEqual([]);
    mkdirSync(other!);
    expect(otherUnfinished(output, own!)).toEqual([join(other!)]);
  },
);
