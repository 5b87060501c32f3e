import { createHash } from 'node:crypto';
import { xoroshiroStream } from '@vjepa/random';
import { describe, expect, it } from 'vitest';
import { FACTOR_VALUES, type FactorSettings, factorTable, labelledFactors, movingShapesClassNames } from './factors.js';
import { generateMovingShapes, movingShapesLabelsAt, movingShapesSample } from './generate.js';
import { renderScene } from './render.js';
import { drawScene, subjectAt } from './scene.js';

const SMALL = { seed: 7, frames: 8, size: 32 };

function digest(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex').slice(0, 16);
}

/** All motions of a table, on one look. */
function allMotions(settings: FactorSettings) {
  const table = factorTable(settings);
  const motions = movingShapesClassNames(settings).motion.length;
  return Array.from({ length: motions }, (_, motion) =>
    labelledFactors(table, { appearance: 0, motion, joint: motion }),
  );
}

describe('generated moving shapes', () => {
  it('are a function of seed, split and index, and of nothing else', () => {
    const all = [...generateMovingShapes({ ...SMALL, split: 'train', count: 5 })];
    const alone = movingShapesSample(SMALL, 'train', 4);
    expect(alone.frames.data).toEqual(all[4]!.frames.data);
    expect(alone.labels).toEqual(all[4]!.labels);
    const digests = new Set(
      [
        ...all,
        movingShapesSample(SMALL, 'val', 0),
        movingShapesSample(SMALL, 'test', 0),
        movingShapesSample({ ...SMALL, seed: 8 }, 'train', 0),
      ].map((sample) => digest(sample.frames.data)),
    );
    expect(digests.size).toBe(8);
  });

  it('keep their pixels from release to release', () => {
    // Recorded from this generator; a change here needs a new generator version in the manifest.
    const sample = movingShapesSample({ seed: 1, frames: 4, size: 48 }, 'test', 3);
    expect(sample.factors).toMatchInlineSnapshot(`
      {
        "direction": "left",
        "order": "none",
        "rotation": "counterclockwise",
        "shape": "cross",
        "speed": "fast",
        "texture": "stripes",
      }
    `);
    expect(digest(sample.frames.data)).toMatchInlineSnapshot(`"9a91a05cbac5f8c2"`);
  });

  it('pair every appearance with every motion equally often', () => {
    const classes = movingShapesClassNames();
    const cycle = classes.joint.length;
    expect([classes.appearance.length, classes.motion.length, cycle]).toEqual([8, 8, 64]);
    const seen = new Map<number, number>();
    for (let index = 0; index < 2 * cycle; index++) {
      const { labels, factors } = movingShapesLabelsAt({ seed: 3 }, 'train', index);
      seen.set(labels.joint, (seen.get(labels.joint) ?? 0) + 1);
      expect(labels.joint).toBe(labels.appearance * classes.motion.length + labels.motion);
      expect(classes.appearance[labels.appearance]).toBe(`${factors.shape} ${factors.texture}`);
      expect(classes.motion[labels.motion]).toBe(`${factors.direction} ${factors.rotation}`);
    }
    expect([...seen.values()]).toEqual(Array(cycle).fill(2));
  });

  it('show the same first frame for every motion', () => {
    const settings: FactorSettings = {
      directions: FACTOR_VALUES.direction,
      speeds: FACTOR_VALUES.speed,
      rotations: FACTOR_VALUES.rotation,
      orders: ['flash-then-grow', 'grow-then-flash'],
    };
    const scene = drawScene(xoroshiroStream(1, 0, 0), { distractors: 2, background: 'drifting', radius: [0.14, 0.18] });
    const videos = allMotions(settings).map((factors) => renderScene(scene, factors, 5, 32));
    const frame = 32 * 32 * 3;
    expect(videos).toHaveLength(96);
    expect(new Set(videos.map((video) => digest(video.data.subarray(0, frame)))).size).toBe(1);
    expect(new Set(videos.map((video) => digest(video.data))).size).toBe(96);
  });

  it('place, turn and light the shape alike at every time, whatever the motion', () => {
    const count = 4000;
    const scenes = Array.from({ length: count }, (_, index) =>
      drawScene(xoroshiroStream(2, 0, index), { distractors: 0, background: 'plain', radius: [0.14, 0.18] }),
    );
    for (const factors of allMotions({ orders: ['flash-then-grow', 'grow-then-flash'] })) {
      for (const time of [0.3, 0.9]) {
        const sprites = scenes.map((scene) => subjectAt(scene, factors, time));
        const share = (test: (sprite: (typeof sprites)[0]) => boolean) => sprites.filter(test).length / count;
        // Uniform shares; 0.03 is four standard errors of a share of one half.
        for (const bound of [0.25, 0.5, 0.75]) {
          expect(Math.abs(share((sprite) => sprite.x < bound) - bound)).toBeLessThan(0.03);
          expect(Math.abs(share((sprite) => sprite.y < bound) - bound)).toBeLessThan(0.03);
        }
        const turn = 2 * Math.PI;
        expect(Math.abs(share((sprite) => (((sprite.angle % turn) + turn) % turn) / turn < 0.5) - 0.5)).toBeLessThan(
          0.03,
        );
        expect(Math.abs(share((sprite) => sprite.flash > 0) - 0.3)).toBeLessThan(0.03);
        const grown = sprites.filter((sprite, index) => sprite.radius > scenes[index]!.radius).length / count;
        expect(Math.abs(grown - 0.3)).toBeLessThan(0.03);
      }
    }
  });

  it('move the way their labels say', () => {
    const scene = drawScene(xoroshiroStream(5, 0, 0), { distractors: 0, background: 'plain', radius: [0.14, 0.18] });
    const step = (motion: FactorSettings) => {
      const factors = allMotions(motion)[0]!;
      const [from, to] = [subjectAt(scene, factors, 0), subjectAt(scene, factors, 0.01)];
      return [to.x - from.x, to.y - from.y, to.angle - from.angle].map(
        (value) => Math.sign(Math.round(value * 1e6)) + 0,
      );
    };
    expect(step({ directions: ['right'], rotations: ['none'] })).toEqual([1, 0, 0]);
    expect(step({ directions: ['up'], rotations: ['clockwise'] })).toEqual([0, -1, 1]);
    expect(step({ directions: ['down-left'], rotations: ['counterclockwise'] })).toEqual([-1, 1, -1]);
  });

  it('flash and grow in the labelled order', () => {
    for (const order of ['flash-then-grow', 'grow-then-flash'] as const) {
      const scene = drawScene(xoroshiroStream(6, 0, 0), { distractors: 0, background: 'plain', radius: [0.14, 0.18] });
      const factors = allMotions({ orders: [order] })[0]!;
      const events: string[] = [];
      for (let frame = 0; frame < 640; frame++) {
        const sprite = subjectAt(scene, factors, frame / 640);
        const event = sprite.flash > 0.02 ? 'flash' : sprite.radius > scene.radius * 1.02 ? 'grow' : 'rest';
        if (events.at(-1) !== event) events.push(event);
      }
      const [first, second] = order.split('-then-');
      expect(events.join(' ').replaceAll('rest', '-')).toMatch(new RegExp(`${first} (- )?${second} -`));
      const restThenFirst = events.filter((event) => event !== 'rest').length;
      expect(restThenFirst).toBeGreaterThanOrEqual(4);
    }
  });

  it('refuse settings that would not work', () => {
    const draw = (settings: object) => () => movingShapesSample({ ...SMALL, ...settings }, 'train', 0);
    expect(draw({ size: 33 })).toThrow('size is 33; expected an even number of pixels >= 16');
    expect(draw({ frames: 1 })).toThrow('frames is 1');
    expect(draw({ shapes: ['blob'] })).toThrow("shape 'blob' is unknown; expected triangle, square");
    expect(draw({ textures: [] })).toThrow('textures is empty');
    expect(draw({ orders: ['none', 'flash-then-grow'] })).toThrow('one frame would give away');
    expect(draw({ speeds: ['slow', 'slow'] })).toThrow('repeats a value');
  });
});
