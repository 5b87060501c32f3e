import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { writeFileAtomically } from '@vjepa/training';

interface Elapsed {
  minutes: number;
  /** Core-minutes that other processes used meanwhile. */
  others: number;
}

/** Time spent on an experiment, over all its sessions, and how much of the machine others took in that time. */
export class WorkClock {
  readonly #path: string;
  readonly #before: Elapsed;
  readonly #begun = { time: performance.now(), busy: busyMilliseconds(), own: ownMilliseconds() };

  /** @param path file that holds the time from session to session */
  constructor(path: string) {
    this.#path = path;
    this.#before = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Elapsed) : { minutes: 0, others: 0 };
  }

  minutes(): number {
    return this.#elapsed().minutes;
  }

  /** Share of the cores' time, 0..1, that went to other processes; 0 where the system does not tell. */
  othersShare(): number {
    const { minutes, others } = this.#elapsed();
    return Math.min(1, others / (minutes * cpus().length));
  }

  save(): void {
    writeFileAtomically(this.#path, `${JSON.stringify(this.#elapsed())}\n`);
  }

  #elapsed(): Elapsed {
    const { time, busy, own } = this.#begun;
    const others = Math.max(0, busyMilliseconds() - busy - (ownMilliseconds() - own));
    return {
      minutes: this.#before.minutes + (performance.now() - time) / 60_000,
      others: this.#before.others + others / 60_000,
    };
  }
}

/** Of all cores together, since the machine started. */
function busyMilliseconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}

function ownMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
