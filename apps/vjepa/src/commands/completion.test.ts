import { spawnSync } from 'node:child_process';
import { describe, expect, it, vi } from 'vitest';
import { createProgram } from '../command-line.js';
import { runVjepa } from '../run-vjepa.fixture.js';
import { completions } from './completion.js';

const program = createProgram();
const after = (line: string) => completions(program, line);

describe('shell completion', () => {
  it('knows every command, and those that begin with what is written', () => {
    expect(after('vjepa ')).toEqual(program.commands.map((command) => command.name()));
    expect(after('vjepa pre')).toEqual(['predict', 'prepare', 'pretrain']);
    expect(after('vjepa checkpoint ')).toEqual(['inspect', 'convert']);
    expect(after('vjepa checkpiont ')).toEqual([]);
  });

  it('knows the options of a command', () => {
    expect(after('vjepa pretrain --config smoke.yaml --re')).toEqual(['--resume']);
    expect(after('vjepa runtime install --c')).toContain('--cuda');
  });

  it('knows the values that an option takes, and leaves files to the shell', () => {
    expect(after('vjepa pretrain --device ')).toEqual(['cpu', 'gpu']);
    expect(after('vjepa pretrain --device g')).toEqual(['gpu']);
    expect(after('vjepa pretrain --config ')).toEqual([]);
    expect(after('vjepa report ')).toEqual([]);
  });

  it.each(['bash', 'zsh', 'fish'])('has a line for %s', async (shell) => {
    const { code, stdout } = await runVjepa('completion', shell);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^.*vjepa completion words.*\n$/);
  });

  it.each(['--devi', '--help', '-'])(
    'takes what bash adds behind its command: vjepa, %s and the word before it',
    async (word) => {
      const { stdout } = await runVjepa('completion', 'bash');
      const [, asked = ''] = /-C 'vjepa ([^']+)'/.exec(stdout) ?? [];
      vi.stubEnv('COMP_LINE', `vjepa pretrain --run a ${word}`);
      const words = await runVjepa(...asked.split(' '), 'vjepa', word, '--run');
      vi.unstubAllEnvs();
      expect(words).toEqual({ code: 0, stdout: expect.stringMatching(/^(--[a-z-]+\n)+$/), stderr: '' });
      expect(words.stdout.split('\n')).toContain(word === '--devi' ? '--device' : '--help');
    },
  );

  it.runIf(spawnSync('bash', ['--version']).status === 0)('is a line that bash takes', async () => {
    const { stdout } = await runVjepa('completion', 'bash');
    const { status, stdout: known } = spawnSync('bash', ['-c', `${stdout}complete -p vjepa`], { encoding: 'utf8' });
    expect(status).toBe(0);
    expect(known.trim()).toBe(stdout.trim());
  });
});
