import { describe, expect, it } from 'vitest';
import { describeInstall } from './install-progress.js';

describe('the progress of an installation, in words', () => {
  it('is how much there is to do, then how far it is', () => {
    const sizes = { totalBytes: 3e9, installedBytes: 4.6e9 };
    expect(describeInstall({ stage: 'plan', item: 'TensorFlow', bytes: 1e9, ...sizes })).toBe(
      'TensorFlow: 3.0 GB to download, 1.0 GB of it there already, 4.6 GB on disk',
    );
    const download = { stage: 'download', item: 'a.whl', bytes: 5e6, totalBytes: 10e6 } as const;
    expect(describeInstall(download)).toBe('downloading a.whl [############............] 5 of 10 MB');
    expect(describeInstall(download, { share: false })).toBe('downloading a.whl');
    expect(describeInstall({ stage: 'wait', item: '/cache', bytes: 0 })).toBe(
      'waiting for another installation in /cache',
    );
  });
});
