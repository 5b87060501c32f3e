import { Argument, Command } from 'commander';

/**
 * What each shell is told: to ask `vjepa completion words`, and to offer files where that has nothing to say. Bash adds the
 * command, the word and the one before it, which may begin with a dash and are no options of ours.
 */
const COMPLETE = "complete -o default -C 'vjepa completion words --' vjepa";
const SCRIPTS = {
  bash: COMPLETE,
  zsh: `(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }; autoload -Uz bashcompinit && bashcompinit && ${COMPLETE}`,
  fish: "complete -c vjepa -a '(COMP_LINE=(commandline -cp | string collect) vjepa completion words)'",
} as const;

/** `vjepa completion`: what a shell offers when Tab is pressed. */
export function completionCommand(program: Command): Command {
  const shells = Object.keys(SCRIPTS);
  return new Command('completion')
    .description(
      'completion of commands and options: eval "$(vjepa completion bash)", or zsh; vjepa completion fish | source',
    )
    .addArgument(
      new Argument('<shell>', 'words: what may come next, for the shells themselves').choices([...shells, 'words']),
    )
    .allowExcessArguments()
    .action((shell: keyof typeof SCRIPTS | 'words') => {
      const { COMP_LINE = '', COMP_POINT } = process.env;
      const line = COMP_LINE.slice(0, Number(COMP_POINT ?? COMP_LINE.length));
      const lines = shell === 'words' ? completions(program, line) : [SCRIPTS[shell]];
      if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
    });
}

/** The words that may stand at the end of a line: commands, options, values of options; none where a file may. */
export function completions(program: Command, line: string): string[] {
  const [word = '', ...before] = line.trimStart().split(/\s+/).slice(1).reverse();
  let command = program;
  for (const name of before.reverse()) {
    const next = command.commands.find((one) => one.name() === name);
    // Nothing is known of what follows a command that is not there.
    if (next === undefined && command.commands.length > 0 && !name.startsWith('-')) return [];
    command = next ?? command;
  }
  const option = command.options.find(({ long, short }) => before.length > 0 && [long, short].includes(before.at(-1)));
  const help = command.createHelp();
  const words =
    option?.required || option?.optional
      ? (option.argChoices ?? [])
      : word.startsWith('-')
        ? help.visibleOptions(command).map(({ long, short }) => long ?? short ?? '')
        : help.visibleCommands(command).map((one) => one.name());
  return words.filter((one) => one.startsWith(word) && one !== 'help');
}
