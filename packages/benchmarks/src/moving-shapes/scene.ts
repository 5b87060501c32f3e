import { choose, type RandomGenerator, uniform } from '@vjepa/random';
import { DIRECTION_VECTORS } from '../generated/directions.js';
import { wrap } from '../generated/periodic.js';
import { FACTOR_VALUES, type Factors, type Shape, type Texture } from './factors.js';

type Colour = readonly [red: number, green: number, blue: number];

/** A shape's place and look at one moment; lengths in units of the frame's side, angles in radians. */
export interface Sprite {
  shape: Shape;
  texture: Texture;
  colours: readonly [Colour, Colour];
  x: number;
  y: number;
  angle: number;
  /** Radius of the disc of equal area. */
  radius: number;
  /** 0 as is, 1 white. */
  flash: number;
}

/** What is drawn at random and labelled by nothing: the state at time 0 and the distractors' paths. */
export interface Scene {
  start: { x: number; y: number; angle: number; eventPhase: number };
  radius: number;
  colours: readonly [Colour, Colour];
  /** Factor on the speed and the turn, so that neither is exactly its class's. */
  speedJitter: number;
  turnJitter: number;
  background: Background;
  distractors: readonly Distractor[];
}

/** A smooth pattern: waves that fit the frame a whole number of times, so that it can drift and wrap around. */
export interface Background {
  colour: Colour;
  waves: readonly { kx: number; ky: number; phase: number; colour: Colour }[];
  /** Drift over the whole video, in frame sides; [0, 0] for a camera at rest. */
  drift: readonly [number, number];
}

export interface Distractor {
  sprite: Sprite;
  velocity: readonly [number, number];
  turn: number;
}

export interface SceneSettings {
  /** Smaller shapes that move by themselves and are labelled by nothing. */
  distractors: number;
  background: 'plain' | 'textured' | 'drifting';
  /** Least and greatest radius of the labelled shape. */
  radius: readonly [number, number];
}

/** Distance over the whole video, in frame sides. */
const DISTANCE = { slow: 0.35, fast: 0.9 } as const;
/** Turn over the whole video: below half the smallest symmetry of any outline per frame at 16 frames. */
const TURN = (220 / 180) * Math.PI;
/** The two events come around this often, so that 16 sampled frames see both orders of them twice. */
const EVENT_CYCLES = 2;
const EVENT_SHARE = 0.3;

/** Draws a scene. The draws never depend on a label. */
export function drawScene(random: RandomGenerator, settings: SceneSettings): Scene {
  return {
    start: {
      x: uniform(random, 0, 1),
      y: uniform(random, 0, 1),
      angle: uniform(random, 0, 2 * Math.PI),
      eventPhase: uniform(random, 0, 1),
    },
    radius: uniform(random, ...settings.radius),
    colours: drawColours(random),
    speedJitter: uniform(random, 0.85, 1.15),
    turnJitter: uniform(random, 0.85, 1.15),
    background: drawBackground(random, settings.background),
    distractors: Array.from({ length: settings.distractors }, () => drawDistractor(random)),
  };
}

/**
 * The labelled shape at a moment; `time` runs from 0 to 1 over the video.
 *
 * A single frame tells nothing about the motion. At time 0 the shape is the same for every motion label; afterwards
 * position (on a torus: what leaves at one side enters at the other), angle and event phase are uniform at every
 * time, because they start uniform and only move around their circle. Opposite orders of events are the same phase
 * run backwards.
 */
export function subjectAt(scene: Scene, factors: Factors, time: number): Sprite {
  const [dx, dy] = DIRECTION_VECTORS[factors.direction];
  const distance = DISTANCE[factors.speed] * scene.speedJitter * time;
  const phase = scene.start.eventPhase + EVENT_CYCLES * time * eventSense(factors.order);
  const events = factors.order !== 'none';
  return {
    shape: factors.shape,
    texture: factors.texture,
    colours: scene.colours,
    x: wrap(scene.start.x + dx * distance),
    y: wrap(scene.start.y + dy * distance),
    angle: scene.start.angle + rotationSense(factors.rotation) * TURN * scene.turnJitter * time,
    radius: scene.radius * (events ? 1 + 0.45 * bump(wrap(phase - EVENT_SHARE)) : 1),
    flash: events ? 0.85 * bump(wrap(phase)) : 0,
  };
}

export function distractorAt(distractor: Distractor, time: number): Sprite {
  const { sprite, velocity, turn } = distractor;
  return {
    ...sprite,
    x: wrap(sprite.x + velocity[0] * time),
    y: wrap(sprite.y + velocity[1] * time),
    angle: sprite.angle + turn * time,
  };
}

function eventSense(order: Factors['order']): number {
  return order === 'grow-then-flash' ? -1 : 1;
}

/** Image rows grow downwards, so a growing angle turns clockwise to the eye. */
function rotationSense(rotation: Factors['rotation']): number {
  return rotation === 'clockwise' ? 1 : rotation === 'counterclockwise' ? -1 : 0;
}

/** Rises and falls once while the phase is in [0, EVENT_SHARE), 0 elsewhere. */
function bump(phase: number): number {
  return phase < EVENT_SHARE ? Math.sin((Math.PI * phase) / EVENT_SHARE) ** 2 : 0;
}

function drawDistractor(random: RandomGenerator): Distractor {
  const heading = uniform(random, 0, 2 * Math.PI);
  const distance = uniform(random, DISTANCE.slow, DISTANCE.fast);
  return {
    sprite: {
      shape: choose(random, FACTOR_VALUES.shape),
      texture: choose(random, FACTOR_VALUES.texture),
      colours: drawColours(random),
      x: uniform(random, 0, 1),
      y: uniform(random, 0, 1),
      angle: uniform(random, 0, 2 * Math.PI),
      radius: uniform(random, 0.045, 0.065),
      flash: 0,
    },
    velocity: [distance * Math.cos(heading), distance * Math.sin(heading)],
    turn: uniform(random, -TURN, TURN),
  };
}

function drawBackground(random: RandomGenerator, kind: SceneSettings['background']): Background {
  const colour = hsv(uniform(random, 0, 1), uniform(random, 0.1, 0.5), uniform(random, 0.3, 0.5));
  const waves = Array.from({ length: 5 }, () => ({
    kx: Math.round(uniform(random, -5, 5)),
    ky: Math.round(uniform(random, -5, 5)),
    phase: uniform(random, 0, 2 * Math.PI),
    colour: [uniform(random, -14, 14), uniform(random, -14, 14), uniform(random, -14, 14)] as const,
  }));
  const heading = uniform(random, 0, 2 * Math.PI);
  const distance = kind === 'drifting' ? uniform(random, 0.1, 0.4) : 0;
  return {
    colour,
    waves: kind === 'plain' ? [] : waves,
    drift: [distance * Math.cos(heading), distance * Math.sin(heading)],
  };
}

/** A bright colour and a dark one of any hue. */
function drawColours(random: RandomGenerator): readonly [Colour, Colour] {
  const bright = hsv(uniform(random, 0, 1), uniform(random, 0.4, 0.9), uniform(random, 0.8, 0.95));
  return [bright, hsv(uniform(random, 0, 1), uniform(random, 0.5, 0.9), uniform(random, 0.05, 0.2))];
}

/** Hue, saturation and value in [0, 1] to RGB in [0, 255]. */
function hsv(hue: number, saturation: number, value: number): Colour {
  const channel = (offset: number) => {
    const place = (offset + hue * 6) % 6;
    return 255 * value * (1 - saturation * Math.max(0, Math.min(place, 4 - place, 1)));
  };
  return [channel(5), channel(3), channel(1)];
}
