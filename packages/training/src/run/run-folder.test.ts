import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@vjepa/test-kit/temporary-folder';
import { beforeEach, describe, expect, it } from 'vitest';
import { appendMetrics, readMetrics, type StepMetrics, truncateMetrics } from './metrics-file.js';
import { appendReferenceRow, truncateReferenceRows } from './reference-csv.js';
import { checkRunFolder, createRunFolder, type RunFolder, runFolder } from './run-folder.js';
import { settingsRecord } from './run-record.js';

const record = settingsRecord('pretraining', { epochs: 1 });
let folder: RunFolder;
beforeEach(() => {
  folder = runFolder(join(temporaryFolder('run'), 'run'), { tag: 'jepa', record: record.file });
});

function existingRun(): void {
  createRunFolder(folder, 'refuse');
  writeFileSync(folder.config, record.text);
  writeFileSync(join(folder.path, 'notes.txt'), 'mine');
}

const metrics = (step: number): StepMetrics => ({
  step,
  epoch: 1,
  iteration: step - 1,
  loss: 0.5,
  loss_jepa: 0.5,
  loss_reg: 0.25,
  learning_rate: 1e-4,
  weight_decay: 0.04,
  momentum: 0.99,
  encoder_grad_norm: 1.5,
  predictor_grad_norm: 2.5,
  clip_norm: step > 1 ? 10 : 0,
  context_tokens: [3],
  target_tokens: [4],
  clips_per_second: 8,
  step_ms: 500.9,
  data_ms: 100,
  compute_ms: 400,
  rss_mb: 100,
  replaced_videos: 0,
  time: '2024-02-15T00:00:00.000Z',
});

describe('runFolder', () => {
  it('is named', () => {
    expect(() => runFolder(undefined as never, { tag: 'jepa', record: 'settings.json' })).toThrow(
      '`folder`: expected the folder of a run, found undefined',
    );
  });

  it.each(['../x', '/tmp/x', '..\\x', '..', 'a/b'])('holds all of a run, whatever its tag: %s is refused', (tag) => {
    expect(() => runFolder(folder.path, { tag, record: record.file })).toThrow(/`tag`: expected a plain file name/);
  });
});

describe('checkRunFolder', () => {
  it.each([true, null, 'continue'])('overwrites nothing for existing: %j', (existing) => {
    const folder = runFolder(temporaryFolder(), { tag: 'jepa', record: 'settings.json' });
    expect(() => checkRunFolder(folder, existing as 'refuse', settingsRecord('pretraining', {}))).toThrow(
      /`existing`: expected 'refuse' or 'resume' or 'overwrite', found/,
    );
  });

  it('lets a new or empty folder be used and creates nothing', () => {
    checkRunFolder(folder, 'refuse', record);
    checkRunFolder(folder, 'overwrite', record);
    expect(existsSync(folder.path)).toBe(false);
    mkdirSync(folder.path);
    checkRunFolder(folder, 'refuse', record);
  });

  it('never takes an existing run unasked', () => {
    existingRun();
    expect(() => checkRunFolder(folder, 'refuse', record)).toThrow(
      "the run folder is not empty. Continue the run with `existing: 'resume'`, start it again with " +
        "`existing: 'overwrite'`, or choose another folder with `folder`",
    );
    checkRunFolder(folder, 'resume', record);
    checkRunFolder(folder, 'overwrite', record);
  });

  it('refuses to resume nothing and to overwrite what is no run', () => {
    expect(() => checkRunFolder(folder, 'resume', record)).toThrow(/no run to resume/);
    mkdirSync(folder.path);
    writeFileSync(join(folder.path, 'thesis.tex'), '');
    expect(() => checkRunFolder(folder, 'overwrite', record)).toThrow(/holds none/);
  });

  it('overwrites only what the run wrote', () => {
    existingRun();
    writeFileSync(join(folder.checkpoints, 'step-00000001.safetensors'), '');
    createRunFolder(folder, 'overwrite');
    expect(existsSync(folder.config)).toBe(false);
    expect(existsSync(join(folder.checkpoints, 'step-00000001.safetensors'))).toBe(false);
    expect(readFileSync(join(folder.path, 'notes.txt'), 'utf8')).toBe('mine');
  });

  it('resumes no run whose files lead out of its folder; folders on another disk may', () => {
    existingRun();
    const elsewhere = temporaryFolder('elsewhere');
    symlinkSync(elsewhere, folder.events);
    checkRunFolder(folder, 'resume', record);
    symlinkSync(join(elsewhere, 'mine.txt'), folder.metrics);
    expect(() => checkRunFolder(folder, 'resume', record)).toThrow(
      /metrics\.jsonl: is a link that leads out of the run's folder;/,
    );
    writeFileSync(join(elsewhere, 'mine.txt'), 'mine');
    expect(() => checkRunFolder(folder, 'resume', record)).toThrow(
      /out of the run's folder, to .*mine\.txt; put the file itself/,
    );
  });

  it('overwrites a link and never what it leads to', () => {
    existingRun();
    const elsewhere = temporaryFolder('elsewhere');
    writeFileSync(join(elsewhere, 'mine.txt'), 'mine');
    symlinkSync(elsewhere, folder.events);
    symlinkSync(join(elsewhere, 'mine.txt'), folder.metrics);
    createRunFolder(folder, 'overwrite');
    expect(existsSync(folder.events)).toBe(false);
    expect(readFileSync(join(elsewhere, 'mine.txt'), 'utf8')).toBe('mine');
  });
});

describe('a record of settings', () => {
  it('tells its kind, and in what other settings differ', () => {
    existingRun();
    expect(record.kindOf(folder.config)).toBe('pretraining');
    expect(record.differencesFrom(folder.config)).toEqual([]);
    const longer = settingsRecord('pretraining', { epochs: 2, seed: 1 });
    expect(longer.differencesFrom(folder.config)).toEqual(['epochs: 1 -> 2', 'seed: not there -> 1']);
  });

  it('of another kind keeps a pretraining out', () => {
    createRunFolder(folder, 'refuse');
    writeFileSync(folder.config, settingsRecord('fine-tuning', {}).text);
    expect(() => checkRunFolder(folder, 'overwrite', record)).toThrow(/holds a run of another kind \(fine-tuning\)/);
  });
});

describe('logs', () => {
  beforeEach(() => createRunFolder(folder, 'refuse'));

  it('metrics come back, a half-written last line does not, and a resumed run cuts what it repeats', () => {
    for (const step of [1, 2, 3]) appendMetrics(folder.metrics, metrics(step));
    writeFileSync(folder.metrics, `${readFileSync(folder.metrics, 'utf8')}{"step":4,"lo`);
    expect(readMetrics(folder.metrics).map(({ step }) => step)).toEqual([1, 2, 3]);
    truncateMetrics(folder.metrics, 2);
    expect(readFileSync(folder.metrics, 'utf8').trim().split('\n')).toHaveLength(2);
  });

  it('the CSV has the reference’s columns, norms 0 while clipping is off, and one header', () => {
    for (const step of [1, 2, 3]) appendReferenceRow(folder.csv, metrics(step));
    truncateReferenceRows(folder.csv, 2);
    appendReferenceRow(folder.csv, metrics(3));
    expect(readFileSync(folder.csv, 'utf8').trim().split('\n')).toEqual([
      'epoch,itr,loss,loss-jepa,reg-loss,enc-grad-norm,pred-grad-norm,gpu-time(ms),wall-time(ms)',
      '1,0,0.50000,0.50000,0.25000,0.00000,0.00000,-1,500',
      '1,1,0.50000,0.50000,0.25000,1.50000,2.50000,-1,500',
      '1,2,0.50000,0.50000,0.25000,1.50000,2.50000,-1,500',
    ]);
  });
});
