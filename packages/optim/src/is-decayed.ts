/** Whether weight decay applies: to everything but biases and one-dimensional parameters. Mask tokens are decayed. */
export function isDecayed(name: string, rank: number): boolean {
  return rank !== 1 && !name.includes('bias');
}
