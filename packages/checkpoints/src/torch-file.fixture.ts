import { writeFileSync } from 'node:fs';
import { temporaryPath } from './temporary-folder.fixture.js';
import { ZipWriter } from './zip-writer.js';

/** A file in the layout of `torch.save` around any pickle, for files that no writer would make. */
export async function torchFile(
  pickle: string | Uint8Array,
  entries: Readonly<Record<string, Uint8Array>> = {},
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let position = 0;
  const zip = new ZipWriter({
    get position() {
      return position;
    },
    async write(bytes) {
      chunks.push(bytes);
      position += bytes.length;
    },
  });
  await zip.add('archive/data.pkl', typeof pickle === 'string' ? Buffer.from(pickle, 'latin1') : pickle);
  for (const [name, bytes] of Object.entries(entries)) await zip.add(`archive/${name}`, bytes);
  await zip.finish();
  const path = temporaryPath('handmade.pt');
  writeFileSync(path, Buffer.concat(chunks));
  return path;
}
