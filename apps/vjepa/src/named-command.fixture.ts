import type { Command } from 'commander';
import { createProgram } from './command-line.js';

/** The command that words such as `vjepa checkpoint convert a b --names original` name, and the flags it lacks. */
export function namedCommand(text: string): { command: Command | undefined; unknownFlags: string[] } {
  let command: Command | undefined = createProgram();
  const words = text.split(' ').slice(1);
  while (command !== undefined && command.commands.length > 0 && words.length > 0) {
    const name = words.shift();
    command = command.commands.find((known) => known.name() === name);
  }
  const known = command?.options.map(({ long }) => long);
  return { command, unknownFlags: words.filter((word) => word.startsWith('--') && !known?.includes(word)) };
}
