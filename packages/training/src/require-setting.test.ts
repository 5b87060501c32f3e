import { describe, expect, it } from 'vitest';
import { requireChoice, requireCounts, requireNumbers } from './require-setting.js';

describe('what an option must be', () => {
  it.each([0, -1, 2.5, '2', null, Number.NaN])('refuses %j for a count', (value) => {
    expect(() => requireCounts({ epochs: 1, batchSize: value })).toThrow(
      /^`batchSize`: expected a whole number of at least 1, found/,
    );
  });

  it.each(['1e-3', null, undefined, Number.NaN, Number.POSITIVE_INFINITY, -1])('refuses %j for a rate', (value) => {
    expect(() => requireNumbers({ learningRate: value }, 0)).toThrow(
      /^`learningRate`: expected a number of at least 0/,
    );
  });

  it('names the choices', () => {
    expect(() => requireChoice('pool', 'max', ['none', 'mean'])).toThrow(
      "`pool`: expected 'none' or 'mean', found \"max\"",
    );
  });

  it('says NaN where it is found', () => {
    expect(() => requireNumbers({ rate: Number.NaN })).toThrow('`rate`: expected a number, found NaN');
  });

  it('takes undefined for the default', () => {
    expect(() => {
      requireCounts({ epochs: undefined });
      requireChoice('pool', undefined, ['none']);
    }).not.toThrow();
  });
});
