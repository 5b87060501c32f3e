import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, hostname, totalmem } from 'node:os';
import type { GpuUse } from '@vjepa/engine';
import type { DecoderName } from '@vjepa/video';
import { writeFileAtomically } from './atomic-file.js';

/** A machine, and what a process of a run used of it. */
export interface RunMachine {
  /** Its name in its network. */
  host: string;
  cpu: string;
  cores: number;
  memory_bytes: number;
  node: string;
  platform: string;
  engine: string;
}

/** What one session of a run ran on. */
export interface RunSession extends Omit<RunMachine, 'host'> {
  started: string;
  /** Updates the run had done when this session began. */
  first_step: number;
  /** The version of the program that ran. */
  vjepa: string;
  /** Where several processes shared the run, all of them in their order. */
  hosts?: readonly RunMachine[];
  /** Which GPUs were used, what NVIDIA's driver said of itself and them, and if none was used, why. */
  gpu?: GpuUse;
  /** How pretraining's videos were decoded; absent elsewhere. */
  decoder?: DecoderName;
}

/** What `recordSession` is told; the rest it finds out. */
export interface SessionDetails {
  engine: { description: string; gpu?: GpuUse };
  /** The version of the program that runs. */
  version: string;
  /** Updates done before; 0 by default. */
  firstStep?: number;
  decoder?: DecoderName;
  /** Of the processes that share the run. */
  machines?: readonly RunMachine[];
}

/** This machine. */
export function machineOf({ description }: { description: string }): RunMachine {
  return {
    host: hostname(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory_bytes: totalmem(),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    engine: description,
  };
}

/** Adds a session to a run's `environment.json`, a list with one entry per start or resume. */
export function recordSession(
  path: string,
  { engine, version, firstStep = 0, decoder, machines = [] }: SessionDetails,
): void {
  const { host: _, ...own } = machineOf(engine);
  const sessions = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as RunSession[]) : [];
  sessions.push({
    started: new Date().toISOString(),
    first_step: firstStep,
    vjepa: version,
    ...own,
    ...(machines.length > 1 && { hosts: machines }),
    ...(engine.gpu && { gpu: engine.gpu }),
    ...(decoder === undefined ? {} : { decoder }),
  });
  writeFileAtomically(path, `${JSON.stringify(sessions, null, 2)}\n`);
}
