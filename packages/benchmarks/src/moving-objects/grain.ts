import { type RandomGenerator, uniform } from '@vjepa/random';
import type { RgbFrames } from '../generated/rgb-frames.js';

/**
 * Adds the grain of a camera in the dark, in place: at every pixel of every frame the brightness is off by a normal deviate of
 * its own. White noise is as strong in every direction of a patch's space, and pictures are not: weights that were drawn at
 * random see mostly grain, and those that learned what things look like see past it.
 *
 * @param deviation of brightness, 0 .. 255
 */
export function addGrain(random: RandomGenerator, { data }: RgbFrames, deviation: number): void {
  if (deviation === 0) return;
  for (let at = 0; at < data.length; at += 6) {
    // Two deviates from two uniform draws, as Box and Muller have it: for two pixels.
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - uniform(random, 0, 1)));
    const angle = uniform(random, 0, 2 * Math.PI);
    brighten(data, at, radius * Math.cos(angle));
    brighten(data, at + 3, radius * Math.sin(angle));
  }
}

function brighten(data: Uint8Array, at: number, by: number): void {
  for (let channel = at; channel < at + 3; channel++) {
    data[channel] = Math.max(0, Math.min(255, Math.round(data[channel]! + by)));
  }
}
