/** Which test videos a classifier was right about. */
export interface TestAnswers {
  /** Percent of the test videos. */
  top1: number;
  /** How many there are. */
  tests: number;
  /** A bit for each, in the order of the list, four to a hexadecimal digit, the first one highest. */
  correct: string;
}

/** Answers as they are kept: small, and enough to compare two classifiers video by video. */
export function testAnswers(correct: readonly boolean[]): TestAnswers {
  const digits: string[] = [];
  for (let at = 0; at < correct.length; at += 4) {
    const four = [0, 1, 2, 3].reduce((sum, i) => 2 * sum + Number(correct[at + i] ?? false), 0);
    digits.push(four.toString(16));
  }
  const right = correct.filter(Boolean).length;
  return { top1: (100 * right) / correct.length, tests: correct.length, correct: digits.join('') };
}

/** Of each test video 1 or 0. */
export function correctAnswers({ correct, tests }: TestAnswers): number[] {
  return Array.from({ length: tests }, (_, i) => (Number.parseInt(correct[i >> 2]!, 16) >> (3 - (i & 3))) & 1);
}
