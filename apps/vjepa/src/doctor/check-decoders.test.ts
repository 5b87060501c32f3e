import type { DecoderCheck } from '@vjepa/video';
import { describe, expect, it, vi } from 'vitest';
import { checkDecoders } from './check-decoders.js';

const works = vi.hoisted(() => ({ decoders: [] as string[] }));
vi.mock('@vjepa/video', async (original) => ({
  ...(await original<typeof import('@vjepa/video')>()),
  checkDecoders: async (names: DecoderCheck['decoder'][]): Promise<DecoderCheck[]> =>
    names.map((decoder) => {
      const isThere = works.decoders.includes(decoder);
      return { decoder, decoded: isThere ? ['h264'] : [], failed: [], reason: isThere ? undefined : 'not installed' };
    }),
}));

async function statuses(...decoders: string[]) {
  works.decoders = decoders;
  const findings = await checkDecoders();
  return Object.fromEntries(findings.map(({ name, status }) => [name, status]));
}

describe('doctor', () => {
  it('has nothing against ffmpeg.wasm being left out, for its licence, where another decoder works', async () => {
    expect(await statuses('native')).toMatchObject({ 'wasm decoder': 'note', 'native decoder': 'ok' });
  });

  it('finds a problem where no decoder works', async () => {
    expect(await statuses()).toMatchObject({ 'wasm decoder': 'problem', 'native decoder': 'note' });
  });
});
