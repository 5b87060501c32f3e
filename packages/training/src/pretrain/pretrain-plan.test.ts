import { describe, expect, it } from 'vitest';
import { pretrain } from './pretrain.js';

describe('pretrain', () => {
  it.each([undefined, { videos: 'videos', model: 'vit_tiny', epochs: 1 }])('takes %j for no plan', async (plan) => {
    await expect(pretrain({ plan: plan as never, folder: 'run' })).rejects.toThrow(
      /^`plan`: expected what planPretraining gives, found (undefined|\["videos","model","epochs"\])$/,
    );
  });
});
