import type { Translations } from '../translation.js';

/** Complex numbers, of two of float32, and their Fourier transforms. */
export const COMPLEX: Translations = {
  Complex: ([real, imaginary], _node, { hlo }) => hlo.complex(real!, imaginary!),
  ComplexAbs: ([x], _node, { hlo }) => hlo.realOf('abs', x!),
  FFT: ([x], _node, { hlo }) => hlo.fft('FFT', x!),
  IFFT: ([x], _node, { hlo }) => hlo.fft('IFFT', x!),
  Imag: ([x], _node, { hlo }) => hlo.realOf('imag', x!),
  Real: ([x], _node, { hlo }) => hlo.realOf('real', x!),
};
