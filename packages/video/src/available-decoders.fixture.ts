import type { DecoderName } from './decoders/decoder.js';
import { chooseDecoder } from './threads/choose-decoder.js';

const ALL: readonly DecoderName[] = ['wasm', 'native', 'cli', 'nvdec'];

/** The decoders that work on this machine; tests run over all of them and say which are missing. */
export async function availableDecoders(): Promise<DecoderName[]> {
  const checked = await Promise.all(
    ALL.map((decoder) =>
      chooseDecoder(decoder).then(
        (choice) => {
          if (choice.decoder === decoder) return decoder;
          return void console.warn(`not tested: ${choice.reason}`);
        },
        (error: Error) => void console.warn(`not tested: ${error.message}`),
      ),
    ),
  );
  return checked.filter((decoder) => decoder !== undefined);
}
