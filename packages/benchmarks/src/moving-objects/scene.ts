import { type RandomGenerator, uniform } from '@vjepa/random';
import { DIRECTION_VECTORS, type Direction } from '../generated/directions.js';
import { wrap } from '../generated/periodic.js';

/** Units of the frame's side; y grows downwards. */
type Vector = readonly [x: number, y: number];

/** What is drawn at random and labelled by nothing. Times run from 0 to 1 over the video. */
export interface ObjectScene {
  camera: Camera;
  subject: Subject;
  /** Pieces of the background's kind that go their own way, behind the thing. */
  distractors: readonly Piece[];
  /** Pieces in front of it, nearer to the camera. */
  occluders: readonly Piece[];
  light: Light;
}

interface Camera {
  /** Over the whole video. */
  pan: Vector;
  shake: { size: Vector; cycles: number; phase: number };
  /** Angle in radians and logarithm of the magnification over the whole video. */
  roll: number;
  zoom: number;
}

interface Subject {
  herd: HerdSize;
  start: Vector;
  /** Over the whole video. */
  distance: number;
  /** Height and width, as part of the frame's side. */
  size: number;
  breath: number;
  angle: number;
  spin: number;
}

interface Piece {
  start: Vector;
  velocity: Vector;
  radius: number;
  /** Where in the background's pattern it is cut out. */
  origin: Vector;
}

interface Light {
  strength: number;
  cycles: number;
  phase: number;
}

/** How many things of one kind move as one. */
export type HerdSize = 1 | 2 | 4;

/** Where members of a herd are beside the first, in frame sides: as far from each other as the torus allows. */
export const HERD_PLACES: Readonly<Record<HerdSize, readonly Vector[]>> = {
  1: [[0, 0]],
  2: [
    [0, 0],
    [0.5, 0.5],
  ],
  4: [
    [0, 0],
    [0.5, 0],
    [0, 0.5],
    [0.5, 0.5],
  ],
};

/** How much there is in a scene. */
export interface ObjectSceneSettings {
  /** How many things of one kind move as one. */
  herd: HerdSize;
  distractors: number;
  occluders: number;
  /** Least and greatest size of the labelled thing. */
  objectSize: readonly [number, number];
  /** Least and greatest way of the camera over the video, in frame sides. */
  cameraPath: readonly [number, number];
}

/** Draws a scene. The draws never depend on a label. */
export function drawObjectScene(random: RandomGenerator, settings: ObjectSceneSettings): ObjectScene {
  return {
    camera: {
      pan: heading(random, uniform(random, ...settings.cameraPath)),
      shake: {
        size: [uniform(random, 0, 0.03), uniform(random, 0, 0.03)],
        cycles: uniform(random, 1, 3),
        phase: uniform(random, 0, 2 * Math.PI),
      },
      roll: uniform(random, -0.2, 0.2),
      zoom: uniform(random, -0.15, 0.15),
    },
    subject: {
      herd: settings.herd,
      start: [uniform(random, 0, 1), uniform(random, 0, 1)],
      distance: uniform(random, 0.4, 0.6),
      size: uniform(random, ...settings.objectSize),
      breath: uniform(random, -0.15, 0.15),
      angle: uniform(random, -0.6, 0.6),
      spin: uniform(random, -0.5, 0.5),
    },
    distractors: Array.from({ length: settings.distractors }, () => {
      return drawPiece(random, heading(random, uniform(random, 0.3, 0.8)), [0.12, 0.2]);
    }),
    occluders: Array.from({ length: settings.occluders }, () => drawPiece(random, [0, 0], [0.05, 0.09])),
    light: {
      strength: uniform(random, 0, 0.05),
      cycles: uniform(random, 0.3, 1.5),
      phase: uniform(random, 0, 2 * Math.PI),
    },
  };
}

function drawPiece(random: RandomGenerator, velocity: Vector, radius: readonly [number, number]): Piece {
  return {
    start: [uniform(random, 0, 1), uniform(random, 0, 1)],
    velocity,
    radius: uniform(random, ...radius),
    origin: [uniform(random, 0, 1), uniform(random, 0, 1)],
  };
}

/** A vector of some length and any direction. */
function heading(random: RandomGenerator, length: number): Vector {
  const angle = uniform(random, 0, 2 * Math.PI);
  return [length * Math.cos(angle), length * Math.sin(angle)];
}

/** How the camera stands: what is in the frame's middle, turned and magnified by how much. */
export interface CameraPose {
  position: Vector;
  angle: number;
  magnification: number;
}

export function cameraAt({ camera }: ObjectScene, time: number): CameraPose {
  const { pan, shake, roll, zoom } = camera;
  const swing = Math.sin(2 * Math.PI * shake.cycles * time + shake.phase);
  return {
    position: [pan[0] * time + shake.size[0] * swing, pan[1] * time + shake.size[1] * swing],
    angle: roll * (time - 0.5),
    magnification: Math.exp(zoom * (time - 0.5)),
  };
}

/** Where the thing is in the frame, how large and how turned; before the camera's roll and zoom. */
export interface SubjectPose {
  /** Of each member of the herd. */
  places: readonly Vector[];
  size: number;
  angle: number;
}

/**
 * The labelled things at a moment.
 *
 * A single frame tells nothing of its motion: on a torus of the frame's size its place is uniform at every time, because it
 * starts uniform and only moves around. Nor does the camera, whose path is drawn without a label; and since the camera
 * goes as fast as the thing, where that goes in the frame says only half.
 */
export function subjectAt(scene: ObjectScene, motion: Direction, time: number): SubjectPose {
  const { herd, start, distance, size, breath, angle, spin } = scene.subject;
  const [dx, dy] = DIRECTION_VECTORS[motion];
  const { position } = cameraAt(scene, time);
  const [x, y] = [start[0] + dx * distance * time - position[0], start[1] + dy * distance * time - position[1]];
  return {
    places: HERD_PLACES[herd].map(([right, down]) => [wrap(x + right), wrap(y + down)]),
    size: size * (1 + breath * Math.sin(Math.PI * time)),
    angle: angle + spin * (time - 0.5),
  };
}

/** A piece's place in the frame, before the camera's roll and zoom; what is `nearness` times as near passes as much faster. */
export function pieceAt(scene: ObjectScene, { start, velocity }: Piece, time: number, nearness: number): Vector {
  const { position } = cameraAt(scene, time);
  return [
    wrap(start[0] + velocity[0] * time - nearness * position[0]),
    wrap(start[1] + velocity[1] * time - nearness * position[1]),
  ];
}

/** By what all colours are multiplied. */
export function lightAt({ light }: ObjectScene, time: number): number {
  return 1 + light.strength * Math.sin(2 * Math.PI * light.cycles * time + light.phase);
}
