import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { invocation, programName, rememberInvocation, shellWord } from './invocation.js';

describe('a command that is printed', () => {
  it('is read back by the shell as it was given', () => {
    const words = [
      'runs/mine',
      "my runs/it's new",
      'data.datasets=[a.csv, b.csv]',
      '$HOME',
      '',
      'ü',
      'a\nb',
      '`x`',
      '*',
    ];
    if (process.platform === 'win32') return;
    const printed = execFileSync('sh', ['-c', `printf '%s\\0' ${words.map((word) => shellWord(word)).join(' ')}`]);
    expect(printed.toString().split('\0').slice(0, -1)).toEqual(words);
    expect(shellWord('runs/mine')).toBe('runs/mine');
    expect(shellWord('my "runs"', 'win32')).toBe('"my ""runs"""');
  });

  it('is the one that runs, with and without some options', () => {
    rememberInvocation(['pretrain', '--run', 'my run', '--overwrite']);
    expect(invocation({ with: ['--resume'], without: ['--overwrite'] })).toBe("vjepa pretrain --run 'my run' --resume");
    rememberInvocation(['pretrain', '--resume', '--run', 'a']);
    expect(invocation({ with: ['--resume'] })).toBe('vjepa pretrain --run a --resume');
  });

  it('calls vjepa as it was called', () => {
    expect(programName({})).toBe('vjepa');
    expect(programName({ npm_lifecycle_event: 'vjepa', npm_config_user_agent: 'pnpm/12.0.0' })).toBe('pnpm vjepa');
    expect(programName({ npm_lifecycle_event: 'vjepa', npm_config_user_agent: 'npm/10' })).toBe('npm run vjepa --');
    expect(programName({ npm_lifecycle_event: 'npx' }, '/a/node_modules/.bin/vjepa')).toBe('npx vjepa');
    expect(programName({ npm_lifecycle_event: 'npx' }, '/a/vitest.mjs')).toBe('vjepa');
  });
});
