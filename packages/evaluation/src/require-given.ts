import type { Engine } from '@vjepa/engine';
import { InputError, option, requireNumbers, unfitSetting } from '@vjepa/training';
import { type ClipEncoder, type EncoderConfig, isVjepa2 } from '@vjepa/vit';

/** @throws InputError when it is no open engine, such as the promise of one */
export function requireEngine(engine: Engine): void {
  // A function has a `bind` of its own.
  if (typeof engine === 'object' && typeof engine?.bind === 'function') return;
  throw unfitSetting('engine', 'an open one: await openEngine()', kindOf(engine));
}

/**
 * An engine, started where it is not yet open.
 *
 * @throws as {@link requireEngine} does
 */
export async function openedEngine(engine: Engine | (() => Promise<Engine>)): Promise<Engine> {
  const opened = typeof engine === 'function' ? await engine() : engine;
  requireEngine(opened);
  return opened;
}

/** @throws InputError when they are no list of files, or an empty one */
export function requireFileList(files: readonly { path: string }[]): void {
  if (!Array.isArray(files)) throw unfitSetting('files', 'what inputFiles gives', kindOf(files));
  if (files.length === 0) throw new InputError({ subject: option('files'), problem: 'there are none' });
}

/** @throws InputError when it is no configuration, such as the name of one */
export function requireEncoder(encoder: ClipEncoder, setting = 'encoder'): void {
  if (typeof encoder === 'object' && encoder !== null && typeof encoder.embedDim === 'number') return;
  throw unfitSetting(setting, 'what loadEncoder or encoderConfig gives', kindOf(encoder));
}

/** @throws InputError when it is no configuration of an encoder of V-JEPA, the first */
export function requireFirstEncoder(encoder: ClipEncoder): asserts encoder is EncoderConfig {
  requireEncoder(encoder);
  if (!isVjepa2(encoder)) return;
  throw new InputError({
    subject: option('encoder'),
    problem: `is one of V-JEPA ${encoder.version}, which is used frozen here`,
    remedy: 'fine-tune an encoder of V-JEPA, or train a probe on this one',
    code: 'frozen-only',
  });
}

/** @throws InputError when it is no list of such numbers, or an empty one; `undefined` is none */
export function requireRates(name: string, rates: readonly number[] | undefined): void {
  if (rates === undefined) return;
  if (!Array.isArray(rates) || rates.length === 0) throw unfitSetting(name, 'a list of numbers, such as [1e-3]', rates);
  for (const [i, rate] of rates.entries()) requireNumbers({ [`${name}[${i}]`]: rate }, 0);
}

/** A value as it is, or of an object its class: what it holds would fill pages. */
export function kindOf(value: unknown): unknown {
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return `${value.constructor?.name ?? 'object'} {…}`;
}
