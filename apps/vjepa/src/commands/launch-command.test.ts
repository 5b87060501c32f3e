import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { requireBuild } from './vjepa-process.fixture.js';

// The command starts itself again: the built one.
const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

beforeAll(requireBuild);

function vjepa(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

describe('vjepa launch', () => {
  it('starts a command, with its options, as every host', () => {
    const { code, stdout } = vjepa('launch', '--hosts', '2', 'bench', 'step', '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: vjepa bench step/m);
    expect(stdout).toMatch(/^\[host 1\] Usage: vjepa bench step/m);
  });

  it('ends with the error of a host, and does not try again', () => {
    const { code, stderr } = vjepa('launch', '--hosts', '2', '--restarts', '3', 'pretrain', '--confg', 'x');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: unknown option '--confg'/m);
    expect(stderr).toMatch(/^\[host 1\] error: unknown option '--confg'/m);
    expect(stderr).toMatch(/^launch: host \d ended with code 1$/m);
  });

  it('refuses hosts that are none', () => {
    const { code, stderr } = vjepa('launch', '--hosts', 'node1,-x', 'doctor');
    expect(code).toBe(1);
    expect(stderr).toMatch(/hosts: expected how many processes .*, found "node1,-x"/);
  });
});
