import type { OptionNames } from '@vjepa/training';

const FLAGS: Readonly<Record<string, string>> = {
  "existing: 'resume'": '--resume',
  "existing: 'overwrite'": '--overwrite',
  folder: '--run',
  output: '--output',
  tag: 'logging.write_tag',
};

/** What the command line calls an option of the packages: a flag, or a key of a config. */
export const commandLineName: OptionNames = (option) => FLAGS[option] ?? option;
