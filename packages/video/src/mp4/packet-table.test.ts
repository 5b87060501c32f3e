import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeAll, expect, it } from 'vitest';
import { parsePacketList } from '../frame-checksums.js';
import { hardFiles, makeHardFiles } from '../hard-files.fixture.js';
import { runFfmpeg } from '../run-ffmpeg.js';
import { openSource } from '../sources/open-source.js';
import { memoryFile } from '../wasm/virtual-files.js';
import { readPacketTable } from './packet-table.js';

const folder = process.env.VJEPA_HARD_FILES ?? temporaryFolder('packet-table');
const names = hardFiles.map(({ name }) => name).filter((name) => /\.(mp4|mov)$/.test(name));

beforeAll(() => makeHardFiles(folder, names), 120_000);

function tableOf(path: string) {
  const file = openSource(path);
  try {
    return readPacketTable(file, path);
  } finally {
    file.close();
  }
}

it.for(names)('%s: FFmpeg’s demuxer finds the same packets, or the table is left to it', async (name) => {
  const path = join(folder, name);
  const table = tableOf(path);
  if (/fragmented|edit-list/.test(name)) expect(table).toBeUndefined();
  if (!table) return;
  const list = join(folder, `${name}.list`);
  const args = [
    '-v',
    'error',
    '-copyts',
    '-i',
    name,
    '-map',
    '0:V',
    '-c',
    'copy',
    '-copyinkf',
    '-f',
    'framecrc',
    'list',
  ];
  await runFfmpeg(args, { inputs: { [name]: path }, outputs: { list } });
  const [demuxed] = parsePacketList(readFileSync(list, 'utf8'));
  expect(table.timeBase).toEqual(demuxed!.timeBase);
  expect(table.packets).toEqual(demuxed!.packets);
});

it('most files are read from their tables', () => {
  const read = names.filter((name) => tableOf(join(folder, name)));
  expect(read.length).toBeGreaterThan(names.length / 2);
});

it('packets lie where the table says', () => {
  const path = join(folder, 'b-frames.mp4');
  const bytes = readFileSync(path);
  const { layout } = tableOf(path)!;
  for (const [i, position] of layout.positions.entries()) {
    // The first unit of a packet is no longer than the packet.
    expect(bytes.readUInt32BE(position) + 4).toBeLessThanOrEqual(layout.sizes[i]!);
  }
});

it('a few bytes do not stand for millions of samples', () => {
  const bytes = readFileSync(join(folder, 'b-frames.mp4'));
  const sizes = bytes.indexOf('stsz', 0, 'latin1') + 4;
  const claiming = (samples: number, size: number) => {
    const claim = Buffer.from(bytes);
    claim.writeUInt32BE(size, sizes + 4);
    claim.writeUInt32BE(samples, sizes + 8);
    return () => readPacketTable({ ...memoryFile(claim), version: () => '' }, 'claim.mp4');
  };
  expect(claiming(20_000_000, 1)).toThrow(/claim\.mp4: its index claims 20000000 samples in a file of \d+ bytes/);
  expect(claiming(900_000, 1)()).toBeUndefined();
});

it('damaged tables give nothing rather than nonsense', () => {
  const bytes = readFileSync(join(folder, 'b-frames.mp4'));
  const moov = bytes.indexOf('moov', 0, 'latin1');
  for (let offset = moov; offset < bytes.length; offset += 3) {
    const damaged = Buffer.from(bytes);
    damaged[offset] = 0xff;
    const file = { ...memoryFile(damaged), version: () => '' };
    try {
      for (const { time } of readPacketTable(file, 'damaged.mp4')?.packets ?? [])
        expect(Number.isFinite(time)).toBe(true);
    } catch (error) {
      // A picture is said to lie behind the end of the file.
      expect(error).toMatchObject({ code: 'truncated', path: 'damaged.mp4' });
    }
  }
  writeFileSync(join(folder, 'nothing.bin'), 'x');
  expect(tableOf(join(folder, 'nothing.bin'))).toBeUndefined();
});
