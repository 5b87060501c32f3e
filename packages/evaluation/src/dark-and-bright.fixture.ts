import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeVideo } from '@vjepa/video';

/** Writes grey videos of two classes, dark and bright, and a list of them. Resolves to the list. */
export async function darkAndBright(folder: string, split: string, count: number): Promise<string> {
  mkdirSync(join(folder, split));
  const lines: string[] = [];
  for (let i = 0; i < count; i++) {
    const data = Uint8Array.from({ length: 20 * 48 * 64 * 3 }, (_, j) => 20 + 150 * (i % 2) + ((j * 31 + 7 * i) % 50));
    const path = `${split}/${i}.mp4`;
    await encodeVideo({ frames: { data, frames: 20, height: 48, width: 64 }, rate: 10, output: join(folder, path) });
    lines.push(`${path} ${i % 2}\n`);
  }
  const list = join(folder, `${split}.csv`);
  writeFileSync(list, lines.join(''));
  return list;
}
