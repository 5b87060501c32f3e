import type { NvidiaWheel } from '../cuda/nvidia-wheels.js';

/** The files of a TensorFlow wheel that an engine consists of, and where they go in its folder. */
export function engineFile(name: string): string | undefined {
  if (/^tensorflow\/libtensorflow_(cc|framework)\.(so\.2|2\.dylib)$/.test(name)) return name;
  if (name === 'tensorflow/THIRD_PARTY_NOTICES.txt') return 'tensorflow/THIRD_PARTY_NOTICES.txt';
  if (name === 'tensorflow/include/LICENSE') return 'tensorflow/LICENSE';
  return undefined;
}

/**
 * The files of an NVIDIA wheel that an engine consists of: the libraries that are opened, the compiler XLA calls, and the
 * licence. They keep their places, `nvidia/<part>/…`, beside TensorFlow's folder.
 */
export function nvidiaFile({ keep }: NvidiaWheel, name: string): string | undefined {
  if (keep.some((file) => name === `nvidia/${file}`)) return name;
  const licence = /^([^/]+)\.dist-info\/(?:licenses\/)?(licen[cs]e[^/]*)$/i.exec(name);
  return licence ? `licenses/${licence[1]}/${licence[2]}` : undefined;
}

/** The files of TensorFlow's official archive of its C library: the libraries, their links and the licences. */
export function archiveFile(name: string): string | undefined {
  if (/^lib\/libtensorflow(_framework)?\.[\w.]+$/.test(name)) return name;
  return /^(LICENSE|THIRD_PARTY_TF_C_LICENSES)$/.test(name) ? name : undefined;
}
