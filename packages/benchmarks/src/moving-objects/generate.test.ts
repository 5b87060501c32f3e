import { createHash } from 'node:crypto';
import { stream } from '@vjepa/random';
import { describe, expect, it } from 'vitest';
import { DIRECTIONS } from '../generated/directions.js';
import { deadLeaves } from './dead-leaves.js';
import { type MovingObjectsSettings, movingObjects } from './generate.js';
import { loadObjectImages, type ObjectSource, requireObjectImages } from './object-images.js';
import { renderObjectScene } from './render.js';
import { cameraAt, drawObjectScene, subjectAt } from './scene.js';

const SMALL: MovingObjectsSettings = { seed: 7, objects: 'shapes', frames: 4, size: 32 };
const AMOUNTS = { herd: 2, distractors: 2, occluders: 1, objectSize: [0.5, 0.65], cameraPath: [0.2, 0.5] } as const;

function digest(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex').slice(0, 16);
}

function drawnScenes(count: number) {
  return Array.from({ length: count }, (_, index) => drawObjectScene(stream([2, index]), AMOUNTS));
}

/** From `from` to `to` on a circle of length 1, the shorter way. */
function stepOnCircle(from: number, to: number): number {
  return to - from - Math.round(to - from);
}

describe('generated moving objects', () => {
  it('are a function of seed, split and index, and of nothing else', async () => {
    const [set, again, other] = await Promise.all([
      movingObjects(SMALL),
      movingObjects({ ...SMALL, distractors: undefined, occluders: undefined, objectSize: undefined }),
      movingObjects({ ...SMALL, seed: 8 }),
    ]);
    expect(again.sample('train', 4)).toEqual(set.sample('train', 4));
    const samples = [set.sample('train', 4), set.sample('train', 5), set.sample('val', 4), set.sample('test', 4)];
    const digests = [...samples, other.sample('train', 4)].map(({ frames }) => digest(frames.data));
    expect(new Set(digests).size).toBe(5);
  });

  it('keep their pixels from release to release', async () => {
    // Recorded from this generator; a change here needs a new generator version in the manifest.
    const { classNames, sample } = await movingObjects({ ...SMALL, seed: 1 });
    const { frames, labels } = sample('test', 3);
    expect(classNames.joint[labels.joint]).toMatchInlineSnapshot(`"square | up-left"`);
    expect(digest(frames.data)).toMatchInlineSnapshot(`"fc9d4e61bef40b31"`);
  });

  it('pair every appearance with every motion equally often', async () => {
    const { classNames, labels } = await movingObjects(SMALL);
    const pairs = classNames.joint.length;
    expect([classNames.appearance.length, classNames.motion.length, pairs]).toEqual([6, 8, 48]);
    const seen = new Map<number, number>();
    for (let index = 0; index < 2 * pairs; index++) {
      const { joint } = labels('train', index);
      seen.set(joint, (seen.get(joint) ?? 0) + 1);
    }
    expect([...seen.values()]).toEqual(Array(pairs).fill(2));
  });

  it('move as herds whose members are as far from each other as they can be, each a picture of its own', () => {
    for (const herd of [1, 2, 4] as const) {
      const scene = drawObjectScene(stream([3]), { ...AMOUNTS, herd });
      const apart = [0, 0.5].map((time) => {
        const [first, ...others] = subjectAt(scene, 'up', time).places;
        return others.map((place) =>
          [stepOnCircle(first![0], place[0]), stepOnCircle(first![1], place[1])].map(Math.abs),
        );
      });
      const [start, later] = apart.map((all) => all.map((way) => way.map((part) => Math.round(1000 * part) / 1000)));
      expect(start).toEqual(
        {
          1: [],
          2: [[0.5, 0.5]],
          4: [
            [0.5, 0],
            [0, 0.5],
            [0.5, 0.5],
          ],
        }[herd],
      );
      expect(later).toEqual(start);
    }
  });

  it('show the same first frame for every motion, and other videos', async () => {
    const image = (await loadObjectImages('shapes')).image(0, 'train', 0);
    const [scene] = drawnScenes(1);
    const background = deadLeaves(stream([5]), 64);
    const videos = DIRECTIONS.map(
      (motion) => renderObjectScene(scene!, { images: [image, image], motion, background }, 4, 32).data,
    );
    expect(new Set(videos.map((video) => digest(video.subarray(0, 32 * 32 * 3)))).size).toBe(1);
    expect(new Set(videos.map(digest)).size).toBe(DIRECTIONS.length);
  });

  it('are in every place alike at every time, whatever the motion', () => {
    const scenes = drawnScenes(4000);
    for (const motion of DIRECTIONS) {
      for (const time of [0.3, 0.9]) {
        const places = scenes.map((scene) => subjectAt(scene, motion, time).places[1]!);
        for (const bound of [0.25, 0.5, 0.75]) {
          for (const axis of [0, 1] as const) {
            const share = places.filter((place) => place[axis] < bound).length / places.length;
            // Four standard errors of a share of one half.
            expect(Math.abs(share - bound)).toBeLessThan(0.03);
          }
        }
      }
    }
  });

  it('go, seen from the background, where their label says, while in the frame the camera turns their way', () => {
    const scenes = drawnScenes(200);
    let turned = 0;
    for (const scene of scenes) {
      const [from, to] = [subjectAt(scene, 'right', 0.5).places[0]!, subjectAt(scene, 'right', 0.51).places[0]!];
      const [before, after] = [cameraAt(scene, 0.5).position, cameraAt(scene, 0.51).position];
      const inFrame = [stepOnCircle(from[0], to[0]), stepOnCircle(from[1], to[1])] as const;
      expect(inFrame[0] + after[0] - before[0]).toBeCloseTo(0.01 * scene.subject.distance, 10);
      expect(inFrame[1] + after[1] - before[1]).toBeCloseTo(0, 10);
      // Nearer to another of the eight directions than to its own.
      if (inFrame[0] < 0 || Math.abs(inFrame[1] / inFrame[0]) > Math.tan(Math.PI / 8)) turned++;
    }
    // In a good part of the videos what goes right goes elsewhere in the frame.
    expect(turned / scenes.length).toBeGreaterThan(0.4);
    expect(turned / scenes.length).toBeLessThan(0.7);
  });

  it('show the middle frame alone, or the background alone, with the labels of the whole video', async () => {
    const [whole, frame, background] = await Promise.all(
      ([undefined, 'frame', 'background'] as const).map((shown) => movingObjects({ ...SMALL, shown })),
    );
    const pictures = ({ frames: { data, frames } }: ReturnType<NonNullable<typeof whole>['sample']>) =>
      Array.from({ length: frames }, (_, i) =>
        digest(data.subarray((i * data.length) / frames, ((i + 1) * data.length) / frames)),
      );
    const [all, one, none] = [whole, frame, background].map((set) => set!.sample('test', 3));
    expect([one!.labels, none!.labels]).toEqual([all!.labels, all!.labels]);
    expect(pictures(one!)).toEqual(Array(4).fill(pictures(all!)[2]));
    const moved = pictures(none!);
    expect(new Set([...moved, ...pictures(all!)]).size).toBe(8);
    // Neither of two videos that differ in their motion and their thing alone tells them apart then.
    const scene = drawnScenes(1)[0]!;
    const film = (motion: (typeof DIRECTIONS)[number], opacity: Uint8Array) =>
      digest(
        renderObjectScene(
          scene,
          {
            images: Array(2).fill({ side: 28, brightness: new Uint8Array(28 ** 2), opacity }),
            motion,
            background: deadLeaves(stream([5]), 64),
          },
          4,
          32,
        ).data,
      );
    expect(film('left', new Uint8Array(28 ** 2))).toBe(film('up', new Uint8Array(28 ** 2)));
    expect(film('left', new Uint8Array(28 ** 2).fill(255))).not.toBe(film('up', new Uint8Array(28 ** 2).fill(255)));
  });

  it('have grain of the deviation that is asked for, another in each pixel and frame, and nothing else changes with it', async () => {
    const [clean, grainy] = await Promise.all([0, 20].map((grain) => movingObjects({ ...SMALL, grain })));
    const [before, after] = [clean, grainy].map((set) => set!.sample('train', 2).frames.data);
    const frame = 32 * 32;
    const grain: number[] = [];
    for (let pixel = 0; pixel < 4 * frame; pixel++) {
      const channels = [0, 1, 2].map((channel) => [before, after].map((data) => data![3 * pixel + channel]!));
      if (channels.some((values) => values.some((value) => value === 0 || value === 255))) grain.push(0);
      else {
        const differences = channels.map(([clear, noisy]) => noisy! - clear!);
        expect(new Set(differences).size).toBe(1);
        grain.push(differences[0]!);
      }
    }
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(Math.abs(mean(grain))).toBeLessThan(2);
    expect(Math.sqrt(mean(grain.map((value) => value ** 2)))).toBeGreaterThan(17);
    expect(Math.sqrt(mean(grain.map((value) => value ** 2)))).toBeLessThan(22);
    // Not that of the pixel beside, nor of the frame before.
    for (const lag of [1, frame]) {
      const together = mean(grain.slice(lag).map((value, at) => value * grain[at]!));
      expect(Math.abs(together) / 20 ** 2).toBeLessThan(0.08);
    }
  });

  it('refuse settings out of range', async () => {
    const refused: [Partial<MovingObjectsSettings>, string][] = [
      [{ seed: -1 }, 'seed is -1; expected an integer >= 0'],
      [{ objects: 'cars' as 'shapes' }, "objects is 'cars'; expected fashion-mnist, mnist or shapes"],
      [{ frames: 1 }, 'frames is 1; expected an integer >= 2'],
      [{ size: 33 }, 'size is 33; expected an even number'],
      [{ herd: 3 as 4 }, 'herd is 3; expected 1, 2 or 4'],
      [{ occluders: 0.5 }, 'occluders is 0.5; expected an integer >= 0'],
      [{ cameraPath: [-0.1, 0.4] }, 'cameraPath is [-0.1,0.4]; expected two ascending parts'],
      [{ grain: -1 }, 'grain is -1; expected a standard deviation of brightness, 0 or more'],
      [{ grain: '50' as never }, 'grain is 50; expected a standard deviation'],
      [{ shown: 'object' as 'frame' }, "shown is 'object'; expected everything, frame or background"],
      [{ objectSize: [0.5, 0.4] }, 'objectSize is [0.5,0.4]; expected two ascending parts'],
      [{ objectSize: null as never }, 'objectSize is [null]; expected two ascending parts'],
      [{ cameraPath: 0.4 as never }, 'cameraPath is [0.4]; expected two ascending parts'],
    ];
    for (const [settings, message] of refused) {
      await expect(movingObjects({ ...SMALL, ...settings })).rejects.toThrow(message);
    }
    for (const none of [undefined, null, 3]) {
      await expect(movingObjects(none as never)).rejects.toThrow(
        `settings are ${none}; expected an object with a seed`,
      );
    }
  });
});

describe('dead leaves', () => {
  it('continue on the opposite side', () => {
    const { side, data } = deadLeaves(stream([3]), 64);
    const row = (x: number) =>
      Float64Array.from({ length: side * 3 }, (_, i) => data[(Math.floor(i / 3) * side + x) * 3 + (i % 3)]!);
    const difference = (a: Float64Array, b: Float64Array) =>
      a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
    const within = Array.from({ length: side - 1 }, (_, x) => difference(row(x), row(x + 1)));
    const across = difference(row(side - 1), row(0));
    expect(across).toBeLessThan(Math.max(...within));
  });

  it('have the spectrum of natural images: power falls with about the square of the frequency', () => {
    const side = 64;
    let slope = 0;
    for (let seed = 0; seed < 64; seed++) {
      const { data } = deadLeaves(stream([seed]), side);
      const power = (cycles: number) => {
        let total = 0;
        for (let y = 0; y < side; y++) {
          let [real, imaginary] = [0, 0];
          for (let x = 0; x < side; x++) {
            const value = data[(y * side + x) * 3]!;
            real += value * Math.cos((2 * Math.PI * cycles * x) / side);
            imaginary += value * Math.sin((2 * Math.PI * cycles * x) / side);
          }
          total += real ** 2 + imaginary ** 2;
        }
        return total;
      };
      slope += Math.log2((power(2) + power(3)) / (power(8) + power(12))) / 2 / 64;
    }
    // White noise has 0, a plain with one edge 2.
    expect(slope).toBeGreaterThan(1);
    expect(slope).toBeLessThan(2.5);
  });
});

describe('pictures of things', () => {
  it('are asked for before they are needed, all that are not installed in one line', () => {
    requireObjectImages([{}, { objects: 'shapes' }, { objects: 'fashion-mnist' }]);
    const absent = ['not-installed', 'nor-this', 'not-installed'].map((name) => ({ objects: name as ObjectSource }));
    expect(() => requireObjectImages([{}, ...absent])).toThrow(
      /^not-installed nor-this: packages whose pictures are moved are not installed: npm install not-installed nor-this$/,
    );
    expect(() => requireObjectImages(absent.slice(1, 2))).toThrow(
      /the package .* is not installed: npm install nor-this$/,
    );
  });

  it('fashion-mnist: ten kinds, parts without a common picture, cut out along their outline', async () => {
    const images = await loadObjectImages('fashion-mnist');
    expect(images.classNames).toHaveLength(10);
    expect(['train', 'val', 'test'].map((split) => images.count(0, split as 'train'))).toEqual([5000, 1000, 1000]);
    const last = images.image(3, 'train', images.count(3, 'train') - 1);
    expect(last.brightness).not.toEqual(images.image(3, 'val', 0).brightness);
    const { side, opacity } = images.image(1, 'test', 0);
    const solid = opacity.filter((value) => value === 255).length / side ** 2;
    expect([...new Set(opacity)].sort((a, b) => a - b)).toEqual([0, 255]);
    expect(solid).toBeGreaterThan(0.1);
    expect(solid).toBeLessThan(0.8);
  });

  it('mnist: ten digits on their cards', async () => {
    const images = await loadObjectImages('mnist');
    expect(images.classNames).toHaveLength(10);
    const { side, brightness, opacity } = images.image(0, 'test', images.count(0, 'test') - 1);
    expect([brightness.length, opacity.length]).toEqual([side ** 2, side ** 2]);
    expect(new Set(opacity)).toEqual(new Set([255]));
    expect(Math.max(...brightness)).toBeGreaterThan(200);
    // What the margin cuts off is empty: all of the stroke is there.
    const edge = brightness.filter((_, at) => at < side || at % side === 0 || at % side === side - 1);
    expect(edge.filter((value) => value > 0).length / edge.length).toBeLessThan(0.2);
  });
});
