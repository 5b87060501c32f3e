import { isFirstHost } from '@vjepa/engine';
import type { Hosts } from '@vjepa/hosts';
import { CommandError } from '../command-error.js';
import type { Override } from '../config/override.js';
import type { EngineOptions } from '../engine/engine.js';
import { withHosts } from '../hosts/with-hosts.js';
import { checkConfig } from './check-config.js';
import { checkDecoders } from './check-decoders.js';
import { checkEngine } from './check-engine.js';
import { checkGpu } from './check-gpu.js';
import { checkHosts } from './check-hosts.js';
import { checkBfloat16, checkDisk, checkMachine, checkNode } from './check-machine.js';
import { checkXla } from './check-xla.js';
import type { Finding } from './finding.js';

export interface DoctorOptions extends EngineOptions {
  config?: string;
  set?: Override[];
  run?: string;
  json?: boolean;
  /** Whether to time the loader and the step of `config`; default true. */
  speed?: boolean;
}

/**
 * Looks at everything a run needs and prints what is there, what is missing and what mends it.
 *
 * @throws CommandError when there is a problem that would stop a run.
 */
export async function doctor(options: DoctorOptions): Promise<void> {
  const problems = await withHosts(
    () => 'Nothing was checked together',
    (hosts) => examine(options, hosts),
  );
  if (problems > 0) throw new CommandError(`doctor: ${problems} problem${problems > 1 ? 's' : ''} to mend, see above`);
}

/** @returns how many problems there are */

async function examine(options: DoctorOptions, hosts: Hosts | undefined): Promise<number> {
  const { config, set: overrides = [], run, json = false, speed = true } = options;
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const together = hosts === undefined ? [] : await checkHosts(hosts, { config, set: overrides, run, engine: options });
  const own = [
    checkNode(),
    checkMachine(),
    ...(await checkEngine()),
    ...(await checkGpu()),
    ...(await checkXla(options)),
    checkBfloat16(),
    ...(await checkDecoders()),
    ...(config === undefined
      ? [checkDisk(run ?? '.')]
      : await checkConfig(config, { overrides, run, engine: options, speed, say })),
  ];
  // What all know together the first one says.
  const findings = isFirstHost(hosts) ? [...together, ...own] : own.filter(isTrouble);
  if (json) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
  else process.stdout.write(findings.map((finding) => `${describe(finding)}\n`).join(''));
  return findings.filter(isTrouble).length;
}

function isTrouble({ status }: Finding): boolean {
  return status === 'problem';
}

const marks = { ok: 'ok     ', note: 'note   ', problem: 'PROBLEM' } as const;

function describe({ name, status, detail, remedy }: Finding): string {
  const line = `${marks[status]}  ${name.padEnd(14)} ${detail}`;
  return remedy === undefined ? line : `${line}\n${' '.repeat(24)}-> ${remedy}`;
}
