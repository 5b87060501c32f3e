let words: readonly string[] = [];

/** Remembers the words of the command line that runs, for texts that tell how to repeat it. */
export function rememberInvocation(args: readonly string[]): void {
  words = args;
}

/**
 * The command line that runs, to be copied into a shell.
 *
 * @param change what it is to have besides, and what not: options without a value
 */
export function invocation({ with: added = [], without = [] }: { with?: string[]; without?: string[] } = {}): string {
  const kept = words.filter((word) => !without.includes(word) && !added.includes(word));
  return shellCommand([...kept, ...added]);
}

/** A `vjepa` command to be copied into a shell, called as this one was: from a checkout through its package manager. */
export function shellCommand(args: readonly string[]): string {
  return [programName(process.env), ...args.map((word) => shellWord(word))].join(' ');
}

/** How `vjepa` is called here: by a script of the checkout, through npx, or by itself. */
export function programName(environment: NodeJS.ProcessEnv, script = process.argv[1] ?? ''): string {
  const { npm_lifecycle_event: event, npm_config_user_agent: agent } = environment;
  if (event === 'vjepa') return agent?.startsWith('pnpm') ? 'pnpm vjepa' : 'npm run vjepa --';
  return event === 'npx' && /[\\/]vjepa$/.test(script) ? 'npx vjepa' : 'vjepa';
}

/** One word as a shell reads it back. */
export function shellWord(word: string, platform = process.platform): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return platform === 'win32' ? `"${word.replaceAll('"', '""')}"` : `'${word.replaceAll("'", "'\\''")}'`;
}
