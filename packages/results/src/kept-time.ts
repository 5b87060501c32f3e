import { writeFileAtomically } from '@vjepa/training';
import { keptJson } from './kept-json.js';

/** How long a piece of work has taken, over all sessions that worked on it. */
export interface KeptTime {
  /** By the clock, up to now. */
  seconds(): number;
  /** Writes it down for the next session. */
  save(): void;
}

/** Goes on counting from what a file holds; from 0 where there is none. */
export function keptTime(path: string): KeptTime {
  const before = keptJson<{ seconds: number }>(path)?.seconds ?? 0;
  const begun = performance.now();
  const seconds = () => before + (performance.now() - begun) / 1000;
  return { seconds, save: () => writeFileAtomically(path, `${JSON.stringify({ seconds: seconds() })}\n`) };
}
