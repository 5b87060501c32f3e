import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeLabelMap } from '@vjepa/benchmarks';
import { mersenneTwister } from '@vjepa/random';
import { encoderConfig, initializeEncoder } from '@vjepa/vit';

/** An untrained encoder of clips of 2 frames of 32 x 32 in patches of 4: its features tell colours apart. */
export function untrainedEncoder() {
  const size = { imageSize: 32, patchSize: 4, numFrames: 2, embedDim: 48, depth: 2, numHeads: 3 };
  const encoder = encoderConfig('vit_tiny', size);
  return { encoder, parameters: initializeEncoder(encoder, mersenneTwister(1)) };
}

/** A rectangle of one colour. */
interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
  color: readonly [number, number, number];
}

interface Scene {
  width: number;
  height: number;
  boxes: readonly Box[];
}

/** RGB of each pixel, the last box on top, on grey with a pattern that tells places apart. */
function pixels({ width, height, boxes }: Scene): Uint8Array {
  const data = new Uint8Array(3 * width * height);
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    const box = boxes.findLast((own) => inside(own, x, y));
    data[i] = box ? box.color[i % 3]! : 100 + 20 * Math.sin(x / 5) + 20 * Math.cos(y / 7);
  }
  return data;
}

const inside = (box: Box, x: number, y: number) => {
  return x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;
};

/** Number of each pixel's box, from 1; 0 where there is none. */
function boxNumbers({ width, height, boxes }: Scene): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, i) => {
    return 1 + boxes.findLastIndex((box) => inside(box, i % width, Math.floor(i / width)));
  });
}

function writePpm(path: string, scene: Scene): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.concat([Buffer.from(`P6 ${scene.width} ${scene.height} 255\n`), pixels(scene)]));
}

async function writeMap(path: string, { width, height }: Scene, labels: Uint8Array | Uint16Array): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  await writeLabelMap(path, { width, height, labels });
}

/** DAVIS's folders with one video of `frames` in which a red box goes right and a blue one down. */
export async function writeTrackingScenes(root: string, frames: number): Promise<void> {
  mkdirSync(join(root, 'ImageSets/2017'), { recursive: true });
  writeFileSync(join(root, 'ImageSets/2017/val.txt'), 'boxes\n');
  for (let t = 0; t < frames; t++) {
    const scene: Scene = {
      ...{ width: 72, height: 48 },
      boxes: [
        { x: 4 + 4 * t, y: 8, width: 16, height: 12, color: [230, 30, 30] },
        { x: 48, y: 4 + 3 * t, width: 12, height: 16, color: [30, 30, 230] },
      ],
    };
    const name = String(t).padStart(5, '0');
    writePpm(join(root, `JPEGImages/480p/boxes/${name}.ppm`), scene);
    await writeMap(join(root, `Annotations/480p/boxes/${name}.png`), scene, boxNumbers(scene));
  }
}

/** Colours of the classes 1, 2 and 3 of `writeSegmentedScenes`; class 0 is the grey behind them. */
const COLORS = [
  [230, 40, 40],
  [40, 220, 40],
  [40, 40, 230],
] as const;

/** Pictures with three boxes each at random places, drawn from the seed. */
function scenes(count: number, seed: number): { scene: Scene; classes: number[] }[] {
  const random = mersenneTwister(seed);
  const below = (limit: number) => random.nextUint32() % limit;
  return Array.from({ length: count }, () => {
    const [width, height] = [40 + below(12), 36 + below(8)];
    const classes = Array.from({ length: 3 }, () => below(3));
    const boxes = classes.map((color): Box => {
      const size = { width: 12 + below(10), height: 12 + below(10) };
      return { x: below(width - 8), y: below(height - 8), ...size, color: COLORS[color]! };
    });
    return { scene: { width, height, boxes }, classes };
  });
}

/** Folders of `loadSegmentationFolder`: pictures of grey and boxes of three colours, whose outermost column does not count. */
export async function writeSegmentedScenes(root: string, counts: Record<string, number>): Promise<void> {
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'classes.txt'), 'grey\nred\ngreen\nblue\nnever\n');
  for (const [i, [split, count]] of Object.entries(counts).entries()) {
    for (const [n, { scene, classes }] of scenes(count, 7 + i).entries()) {
      writePpm(join(root, `images/${split}/${n}.ppm`), scene);
      const labels = boxNumbers(scene).map((number, at) => {
        if (at % scene.width === 0) return 255;
        return number === 0 ? 0 : 1 + classes[number - 1]!;
      });
      await writeMap(join(root, `annotations/${split}/${n}.png`), scene, labels);
    }
  }
}

/** Lists of `loadNyuDepth`: the same pictures, in which colours are depths: grey 4 metres, the boxes 1, 2 and 3. Some pixels have none. */
export async function writeDepthScenes(root: string, counts: { train: number; test: number }): Promise<void> {
  mkdirSync(root, { recursive: true });
  for (const [i, [split, count]] of Object.entries(counts).entries()) {
    const lines: string[] = [];
    for (const [n, { scene, classes }] of scenes(count, 17 + i).entries()) {
      const name = `${split}/${n}`;
      writePpm(join(root, `${name}.ppm`), scene);
      const depths = Uint16Array.from(boxNumbers(scene), (number, at) => {
        if (at % 7 === 0) return 0;
        return number === 0 ? 4000 : 1000 * (1 + classes[number - 1]!);
      });
      await writeMap(join(root, `${name}.png`), scene, depths);
      lines.push(`/${name}.ppm /${name}.png 518.8579`);
    }
    writeFileSync(join(root, `nyu_${split}.txt`), `${lines.join('\n')}\n`);
  }
}
