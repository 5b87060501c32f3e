import type { Direction } from '../generated/directions.js';
import { modulo } from '../generated/periodic.js';
import type { RgbFrames } from '../generated/rgb-frames.js';
import type { Pattern } from './dead-leaves.js';
import type { ObjectImage } from './object-images.js';
import { type CameraPose, cameraAt, lightAt, type ObjectScene, pieceAt, subjectAt } from './scene.js';

/** What is dark in a thing's picture, and what is bright: alike in all, so that no colour tells one video from another. */
const [DARK, BRIGHT] = [20, 235];
/** How much nearer to the camera occluders are than the background. */
const NEARNESS = 1.5;

/**
 * Draws a scene as `frames` square RGB frames, [frames, size, size, 3]. No motion blur: it would show in one frame.
 *
 * @param images of the members of the herd
 */
export function renderObjectScene(
  scene: ObjectScene,
  { images, motion, background }: { images: readonly ObjectImage[]; motion: Direction; background: Pattern },
  frames: number,
  size: number,
): RgbFrames {
  const length = size * size * 3;
  const data = new Uint8Array(frames * length);
  const canvas = new Float32Array(length);
  for (let frame = 0; frame < frames; frame++) {
    const time = frame / frames;
    const camera = cameraAt(scene, time);
    drawBackground(canvas, size, background, camera);
    for (const piece of scene.distractors) {
      drawPiece(canvas, size, { ...piece, place: pieceAt(scene, piece, time, 1) }, background, camera);
    }
    const subject = subjectAt(scene, motion, time);
    for (const [member, image] of images.entries()) {
      const scale = image.side / subject.size;
      drawCopies(canvas, size, subject.places[member]!, (subject.size * Math.SQRT2) / 2, camera, (x, y, put) => {
        const [u, v] = turned(x, y, -subject.angle);
        const [column, row] = [u * scale + image.side / 2 - 0.5, v * scale + image.side / 2 - 0.5];
        const opacity = sample(image.opacity, image.side, column, row) / 255;
        if (opacity === 0) return;
        const share = sample(image.brightness, image.side, column, row) / 255;
        put(opacity, () => DARK + share * (BRIGHT - DARK));
      });
    }
    for (const piece of scene.occluders) {
      drawPiece(canvas, size, { ...piece, place: pieceAt(scene, piece, time, NEARNESS) }, background, camera);
    }
    const light = lightAt(scene, time);
    for (let at = 0; at < length; at++) {
      data[frame * length + at] = Math.max(0, Math.min(255, Math.round(canvas[at]! * light)));
    }
  }
  return { data, frames, height: size, width: size };
}

function drawBackground(canvas: Float32Array, size: number, pattern: Pattern, camera: CameraPose): void {
  const colour = new Float32Array(3);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [u, v] = turned((x + 0.5) / size - 0.5, (y + 0.5) / size - 0.5, camera.angle);
      const [left, top] = [
        camera.position[0] + u / camera.magnification,
        camera.position[1] + v / camera.magnification,
      ];
      patternAt(pattern, left * size, top * size, colour);
      canvas.set(colour, (y * size + x) * 3);
    }
  }
}

/** A disc of the pattern, which moves as one piece. */
function drawPiece(
  canvas: Float32Array,
  size: number,
  { place, radius, origin }: { place: readonly [number, number]; radius: number; origin: readonly [number, number] },
  pattern: Pattern,
  camera: CameraPose,
): void {
  const colour = new Float32Array(3);
  drawCopies(canvas, size, place, radius, camera, (x, y, put) => {
    const opacity = Math.min(1, Math.max(0, (radius - Math.hypot(x, y)) * size + 0.5));
    if (opacity === 0) return;
    patternAt(pattern, origin[0] * pattern.side + x * size, origin[1] * pattern.side + y * size, colour);
    put(opacity, (channel) => colour[channel]!);
  });
}

/** Mixes a colour into a pixel. */
type Put = (opacity: number, colour: (channel: number) => number) => void;

/**
 * Draws something at a place of the frame's torus: also where it comes in on the opposite side.
 *
 * @param reach its greatest extent from its middle, in frame sides
 * @param paint is asked for every pixel near, by its distance from the middle in frame sides, camera's roll and zoom undone
 */
function drawCopies(
  canvas: Float32Array,
  size: number,
  place: readonly [number, number],
  reach: number,
  camera: CameraPose,
  paint: (x: number, y: number, put: Put) => void,
): void {
  const extent = reach * camera.magnification * size + 1;
  for (const shiftX of [-1, 0, 1]) {
    for (const shiftY of [-1, 0, 1]) {
      const [u, v] = turned(place[0] + shiftX - 0.5, place[1] + shiftY - 0.5, -camera.angle);
      const centreX = (0.5 + u * camera.magnification) * size;
      const centreY = (0.5 + v * camera.magnification) * size;
      const [right, bottom] = [Math.min(size - 1, centreX + extent), Math.min(size - 1, centreY + extent)];
      for (let y = Math.max(0, Math.floor(centreY - extent)); y <= bottom; y++) {
        for (let x = Math.max(0, Math.floor(centreX - extent)); x <= right; x++) {
          const scale = 1 / (camera.magnification * size);
          const [dx, dy] = turned((x + 0.5 - centreX) * scale, (y + 0.5 - centreY) * scale, camera.angle);
          const at = (y * size + x) * 3;
          paint(dx, dy, (opacity, colour) => {
            for (let channel = 0; channel < 3; channel++) {
              canvas[at + channel]! += opacity * (colour(channel) - canvas[at + channel]!);
            }
          });
        }
      }
    }
  }
}

function turned(x: number, y: number, angle: number): [number, number] {
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  return [cosine * x - sine * y, sine * x + cosine * y];
}

/** A picture between its pixels; 0 outside. */
function sample(picture: Uint8Array, side: number, column: number, row: number): number {
  const [left, top] = [Math.floor(column), Math.floor(row)];
  const [shareX, shareY] = [column - left, row - top];
  const pixel = (x: number, y: number) => (x < 0 || y < 0 || x >= side || y >= side ? 0 : picture[y * side + x]!);
  const upper = pixel(left, top) + shareX * (pixel(left + 1, top) - pixel(left, top));
  const lower = pixel(left, top + 1) + shareX * (pixel(left + 1, top + 1) - pixel(left, top + 1));
  return upper + shareY * (lower - upper);
}

/** A periodic pattern between its pixels, into `colour`. */
function patternAt({ side, data }: Pattern, x: number, y: number, colour: Float32Array): void {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [shareX, shareY] = [x - left, y - top];
  const [x0, x1, y0, y1] = [
    modulo(left, side),
    modulo(left + 1, side),
    modulo(top, side) * side,
    modulo(top + 1, side) * side,
  ];
  for (let channel = 0; channel < 3; channel++) {
    const upper0 = data[(y0 + x0) * 3 + channel]!;
    const lower0 = data[(y1 + x0) * 3 + channel]!;
    const upper = upper0 + shareX * (data[(y0 + x1) * 3 + channel]! - upper0);
    const lower = lower0 + shareX * (data[(y1 + x1) * 3 + channel]! - lower0);
    colour[channel] = upper + shareY * (lower - upper);
  }
}
