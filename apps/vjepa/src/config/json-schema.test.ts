import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CONFIG_SCHEMAS, configJsonSchema } from './json-schema.js';

const configs = fileURLToPath(new URL('../../../../configs', import.meta.url));
const names = Object.keys(CONFIG_SCHEMAS) as (keyof typeof CONFIG_SCHEMAS)[];
const written = [
  ...names.map((name) => ({ file: `${name}.json`, schema: configJsonSchema(name) })),
  { file: 'own-evaluation.json', schema: configJsonSchema('video-evaluation', { partial: true }) },
  { file: 'own-fine-tuning.json', schema: configJsonSchema('fine-tuning', { partial: true }) },
];
const textOf = (schema: object) => `${JSON.stringify(schema, null, 2)}\n`;
const validators = new Map<string, ValidateFunction>();
const validator = (file: string) => {
  const schema = JSON.parse(readFileSync(join(configs, 'schema', file), 'utf8'));
  const validate = validators.get(file) ?? new Ajv({ strict: false }).compile(schema);
  validators.set(file, validate);
  return validate;
};

describe('configs/schema', () => {
  // When keys change: npx vitest run --project vjepa json-schema -u
  it.each(written)('$file is what the command reads', async ({ file, schema }) => {
    await expect(textOf(schema)).toMatchFileSnapshot(join(configs, 'schema', file));
  });

  const shipped = readdirSync(configs, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.yaml'));

  it.each(shipped)('%s names its schema, and follows it', (file) => {
    const text = readFileSync(join(configs, file), 'utf8');
    const schema = /^# yaml-language-server: \$schema=\.\.\/schema\/(\S+)$/m.exec(text)?.[1];
    expect(written.map((one) => one.file)).toContain(schema);
    const validate = validator(schema!);
    validate(parse(text, { merge: true }));
    expect(validate.errors ?? []).toEqual([]);
  });

  it('tells a mistyped key and a wrong value, and takes a lone value for a list', () => {
    const validate = validator('pretraining.json');
    const smoke = () => parse(readFileSync(join(configs, 'pretrain/smoke.yaml'), 'utf8'));
    const withData = (changes: object) => ({ ...smoke(), data: { ...smoke().data, ...changes } });
    expect(validate(withData({ datasets: 'videos' }))).toBe(true);
    expect(validate(withData({ crop_sise: 64 }))).toBe(false);
    expect(validate.errors).toMatchObject([{ params: { additionalProperty: 'crop_sise' } }]);
    expect(validate(withData({ mask_type: 'tubes' }))).toBe(false);
    expect(validate(withData({ num_frames: 0 }))).toBe(false);
  });
});
