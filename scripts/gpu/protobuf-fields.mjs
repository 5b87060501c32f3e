/** The fields of an encoded protobuf message, in order: numbers for varints, bytes for what has a length. */
export function* protobufFields(message) {
  let at = 0;
  const varint = () => {
    const [value, end] = varintAt(message, at);
    at = end;
    return value;
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

/** The numbers of a repeated field: one varint, or many in a row. */
export function repeatedNumbers(value) {
  if (typeof value === 'number') return [value];
  const numbers = [];
  for (let at = 0; at < value.length; ) {
    const [number, end] = varintAt(value, at);
    numbers.push(number);
    at = end;
  }
  return numbers;
}

/** @returns the number, and where the next begins */
function varintAt(bytes, start) {
  let [value, factor, at] = [0, 1, start];
  for (; ; factor *= 128) {
    const byte = bytes[at++];
    value += (byte & 127) * factor;
    if (byte < 128) return [value, at];
  }
}
