/**
 * Unpacks raw deflate, through the stream that browsers and Node have.
 *
 * @param bytes what it should unpack to
 * @throws RangeError when it unpacks to more or less; TypeError (or zlib's error) when it is damaged
 */
export async function inflate(packed: Uint8Array<ArrayBuffer>, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader();
  // What an archive claims is not allocated before it has been seen.
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length;
    if (length > bytes) {
      await reader.cancel();
      throw new RangeError(`more than ${bytes} bytes come out`);
    }
    chunks.push(next.value);
  }
  if (length < bytes) throw new RangeError(`${length} bytes come out, ${bytes} were expected`);
  const result = new Uint8Array(bytes);
  let position = 0;
  for (const chunk of chunks) {
    result.set(chunk, position);
    position += chunk.length;
  }
  return result;
}
