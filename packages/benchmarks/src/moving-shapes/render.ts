import { modulo } from '../generated/periodic.js';
import type { RgbFrames } from '../generated/rgb-frames.js';
import type { Factors } from './factors.js';
import { OUTLINES, outlineRadius, signedDistance } from './outline.js';
import { type Background, distractorAt, type Scene, type Sprite, subjectAt } from './scene.js';
import { TEXTURES } from './texture.js';

/** Draws a scene as `frames` square RGB frames, [frames, size, size, 3]. No motion blur: it would show in one frame. */
export function renderScene(scene: Scene, factors: Factors, frames: number, size: number): RgbFrames {
  const frameLength = size * size * 3;
  const data = new Uint8Array(frames * frameLength);
  const pattern = renderBackground(scene.background, size);
  const canvas = new Float32Array(frameLength);
  for (let frame = 0; frame < frames; frame++) {
    const time = frame / frames;
    copyShifted(
      pattern,
      canvas,
      size,
      scene.background.drift[0] * time * size,
      scene.background.drift[1] * time * size,
    );
    for (const distractor of scene.distractors) drawSprite(canvas, size, distractorAt(distractor, time));
    drawSprite(canvas, size, subjectAt(scene, factors, time));
    quantize(canvas, data, frame * frameLength);
  }
  return { data, frames, height: size, width: size };
}

function renderBackground(background: Background, size: number): Float32Array {
  const pattern = new Float32Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const at = (y * size + x) * 3;
      for (let channel = 0; channel < 3; channel++) pattern[at + channel] = background.colour[channel]!;
      for (const wave of background.waves) {
        const height = Math.sin((2 * Math.PI * (wave.kx * (x + 0.5) + wave.ky * (y + 0.5))) / size + wave.phase);
        for (let channel = 0; channel < 3; channel++) pattern[at + channel]! += height * wave.colour[channel]!;
      }
    }
  }
  return pattern;
}

/** Copies a periodic pattern moved by (dx, dy) pixels, bilinear between pixels. */
function copyShifted(pattern: Float32Array, canvas: Float32Array, size: number, dx: number, dy: number): void {
  if (dx === 0 && dy === 0) {
    canvas.set(pattern);
    return;
  }
  const left = Math.floor(-dx);
  const top = Math.floor(-dy);
  const shareX = -dx - left;
  const shareY = -dy - top;
  for (let y = 0; y < size; y++) {
    const row0 = modulo(y + top, size) * size;
    const row1 = modulo(y + top + 1, size) * size;
    for (let x = 0; x < size; x++) {
      const column0 = modulo(x + left, size);
      const column1 = modulo(x + left + 1, size);
      for (let channel = 0; channel < 3; channel++) {
        const upper0 = pattern[(row0 + column0) * 3 + channel]!;
        const upper1 = pattern[(row0 + column1) * 3 + channel]!;
        const lower0 = pattern[(row1 + column0) * 3 + channel]!;
        const lower1 = pattern[(row1 + column1) * 3 + channel]!;
        const upper = upper0 + shareX * (upper1 - upper0);
        canvas[(y * size + x) * 3 + channel] = upper + shareY * (lower0 + shareX * (lower1 - lower0) - upper);
      }
    }
  }
}

/** Draws a sprite and, where it crosses a side of the frame, the parts that enter at the opposite side. */
function drawSprite(canvas: Float32Array, size: number, sprite: Sprite): void {
  const reach = outlineRadius(OUTLINES[sprite.shape]) * sprite.radius * size + 1;
  for (const centreX of wrappedCentres(sprite.x * size, reach, size)) {
    for (const centreY of wrappedCentres(sprite.y * size, reach, size)) {
      drawCopy(canvas, size, sprite, centreX, centreY, reach);
    }
  }
}

function wrappedCentres(centre: number, reach: number, size: number): number[] {
  return [centre - size, centre, centre + size].filter((place) => place + reach > 0 && place - reach < size);
}

function drawCopy(
  canvas: Float32Array,
  size: number,
  sprite: Sprite,
  centreX: number,
  centreY: number,
  reach: number,
): void {
  const outline = OUTLINES[sprite.shape];
  const texture = TEXTURES[sprite.texture];
  const radius = sprite.radius * size;
  const cosine = Math.cos(sprite.angle) / radius;
  const sine = Math.sin(sprite.angle) / radius;
  const [first, second] = sprite.colours;
  const right = Math.min(size - 1, Math.ceil(centreX + reach));
  const bottom = Math.min(size - 1, Math.ceil(centreY + reach));
  for (let y = Math.max(0, Math.floor(centreY - reach)); y <= bottom; y++) {
    for (let x = Math.max(0, Math.floor(centreX - reach)); x <= right; x++) {
      const offsetX = x + 0.5 - centreX;
      const offsetY = y + 0.5 - centreY;
      const u = cosine * offsetX + sine * offsetY;
      const v = cosine * offsetY - sine * offsetX;
      const coverage = Math.min(1, 0.5 - signedDistance(outline, u, v) * radius);
      if (coverage <= 0) continue;
      const share = texture(u, v, 1 / radius);
      const at = (y * size + x) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const plain = first[channel]! + share * (second[channel]! - first[channel]!);
        const lit = plain + sprite.flash * (255 - plain);
        canvas[at + channel]! += coverage * (lit - canvas[at + channel]!);
      }
    }
  }
}

function quantize(canvas: Float32Array, data: Uint8Array, offset: number): void {
  for (let at = 0; at < canvas.length; at++) {
    data[offset + at] = Math.max(0, Math.min(255, Math.round(canvas[at]!)));
  }
}
