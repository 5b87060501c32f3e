/** The fields of an encoded protobuf message, in order: numbers for varints, bytes for what has a length. */
export function* protobufFields(message) {
  let at = 0;
  const varint = () => {
    let [value, factor] = [0, 1];
    for (; ; factor *= 128) {
      const byte = message[at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const [number, wire] = [Math.floor(key / 8), key % 8];
    if (wire === 0) yield { number, value: varint() };
    else {
      const length = wire === 2 ? varint() : wire === 1 ? 8 : 4;
      yield { number, value: message.subarray(at, at + length) };
      at += length;
    }
  }
}

/** The first field of that number. */
export function messageField(message, number) {
  for (const field of protobufFields(message)) if (field.number === number) return field.value;
  return undefined;
}
