/** The files of a TensorFlow wheel that an engine consists of, and where they go in its folder. */
export function engineFile(name: string): string | undefined {
  if (/^tensorflow\/libtensorflow_(cc|framework)\.(so\.2|2\.dylib)$/.test(name)) return name;
  if (name === 'tensorflow/THIRD_PARTY_NOTICES.txt') return 'tensorflow/THIRD_PARTY_NOTICES.txt';
  if (name === 'tensorflow/include/LICENSE') return 'tensorflow/LICENSE';
  return undefined;
}

/** The files of TensorFlow's official archive of its C library: the libraries, their links and the licences. */
export function archiveFile(name: string): string | undefined {
  if (/^lib\/libtensorflow(_framework)?\.[\w.]+$/.test(name)) return name;
  return /^(LICENSE|THIRD_PARTY_TF_C_LICENSES)$/.test(name) ? name : undefined;
}
