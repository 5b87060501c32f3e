export { mersenneTwister, mersenneTwisterFromKey } from './mersenne-twister.js';
export { NumpyRandom, numpyRandom } from './numpy-random.js';
export { PythonRandom, pythonRandom } from './python-random.js';
export type { RandomGenerator } from './random-generator.js';
export { stepStream, stream } from './stream.js';
export { TorchRandom, torchRandom } from './torch-random.js';
export { choose, permutation, uniform, uniformInteger } from './uniform-draws.js';
export { xoroshiroStream } from './xoroshiro-stream.js';
