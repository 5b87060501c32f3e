/** Whether what is printed can be drawn over: a terminal that moves its cursor, with a person before it. */
export function isLive(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && process.env.TERM !== 'dumb' && !process.env.CI;
}
