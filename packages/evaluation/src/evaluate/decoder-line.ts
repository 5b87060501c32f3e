import { chooseDecoder } from '@vjepa/video';

/**
 * What a log says about the decoder: which one is used, and why.
 *
 * @throws VideoError `decoder-unavailable` with what to install
 */
export async function decoderLine(wanted: Parameters<typeof chooseDecoder>[0]): Promise<string> {
  const { decoder, reason } = await chooseDecoder(wanted);
  return `decoder    ${decoder}: ${reason}`;
}
