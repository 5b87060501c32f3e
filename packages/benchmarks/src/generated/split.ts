/** Which part of generated videos: no video is in two. */
export type GeneratedSplit = (typeof SPLITS)[number];

/** The parts in the order in which they are written. */
export const SPLITS = ['train', 'val', 'test'] as const;

/** The number that stands for a part in a random stream. */
export const SPLIT_STREAMS: Readonly<Record<GeneratedSplit, number>> = { train: 0, val: 1, test: 2 };
