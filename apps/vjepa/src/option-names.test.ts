import { InputError, option, sentence } from '@vjepa/training';
import { describe, expect, it } from 'vitest';
import { reasonOf } from './command-error.js';

describe('an error of a package', () => {
  it.each([
    ["existing: 'resume'", '--resume'],
    ['data.classes', 'data.num_classes'],
    ['data.train: PATH', '--set data.dataset_train=PATH'],
    ['data.root: PATH', '--set data.root_path=PATH'],
    ['checkpoint: PATH', '--set pretrain.folder=PATH'],
    ['limits.badVideos', 'data.bad_video_share'],
    ['limits.badVideos: 0.1', '--set data.bad_video_share=0.1'],
    ['videos: [A, B]', "--set 'data.datasets=[A, B]'"],
    ['allowMissing: 3', '--allow-missing 3'],
    ['numHeads: N', "--num-heads N (in a config, pretrain.num_heads), or the run's folder with --run"],
    ['something', 'something'],
  ])('says %s as %s', (name, words) => {
    const error = new InputError({ subject: 'list.csv', problem: sentence`see ${option(name)}` });
    expect(reasonOf(error)).toBe(`list.csv: see ${words}`);
    expect(error.message).toBe(`list.csv: see \`${name}\``);
  });

  it('has the remedy of the command line, where there is one', () => {
    const problem = { subject: 'a.pth.tar', problem: '2 blocks; expected 3', remedy: 'Name the model' };
    expect(reasonOf(new InputError({ ...problem, code: 'other-architecture' }))).toMatch(
      /^a\.pth\.tar: 2 blocks; expected 3\. Name the model .* --run and --checkpoint read them/,
    );
    expect(reasonOf(new InputError(problem))).toBe('a.pth.tar: 2 blocks; expected 3. Name the model');
  });
});
