/** A Python tuple: an array that is written back as a tuple. Make one with `Tuple.of(…)` or `Tuple.from(…)`. */
export class Tuple<T = unknown> extends Array<T> {}
