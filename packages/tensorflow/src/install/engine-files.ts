/** The files of a TensorFlow wheel that an engine consists of, and where they go in its folder. */
export function engineFile(name: string): string | undefined {
  if (/^tensorflow\/libtensorflow_(cc|framework)\.(so\.2|2\.dylib)$/.test(name)) return name;
  if (name === 'tensorflow/THIRD_PARTY_NOTICES.txt') return 'tensorflow/THIRD_PARTY_NOTICES.txt';
  if (name === 'tensorflow/include/LICENSE') return 'tensorflow/LICENSE';
  return undefined;
}

/**
 * The files of an NVIDIA wheel that TensorFlow needs: the libraries it finds by its run path
 * (`$ORIGIN/../nvidia/<part>/lib`), the compiler XLA calls, and the licence. Headers stay out.
 */
export function nvidiaFile(name: string): string | undefined {
  if (/^nvidia\/[^/]+\/(lib|bin|nvvm)\//.test(name)) return name.endsWith('/') ? undefined : name;
  const licence = /^([^/]+)\.dist-info\/(?:licenses\/)?(licen[cs]e[^/]*)$/i.exec(name);
  return licence ? `licenses/${licence[1]}/${licence[2]}` : undefined;
}

/** The files of TensorFlow's official archive of its C library: the libraries, their links and the licences. */
export function archiveFile(name: string): string | undefined {
  if (/^lib\/libtensorflow(_framework)?\.[\w.]+$/.test(name)) return name;
  return /^(LICENSE|THIRD_PARTY_TF_C_LICENSES)$/.test(name) ? name : undefined;
}
