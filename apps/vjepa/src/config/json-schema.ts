import { z } from 'zod';
import { detectionConfig } from './detection-config.js';
import { anticipationConfig, imageEvaluationConfig, videoEvaluationConfig } from './evaluation-config.js';
import { fineTuningConfig } from './fine-tuning-config.js';
import { pretrainingConfig } from './pretraining-config.js';
import { vjepa2EvaluationFile } from './vjepa2-evaluation-file.js';

/** The schemas of config files by the name of their JSON schema, `configs/schema/NAME.json`. */
export const CONFIG_SCHEMAS = {
  pretraining: pretrainingConfig,
  'video-evaluation': videoEvaluationConfig,
  'image-evaluation': imageEvaluationConfig,
  anticipation: anticipationConfig,
  detection: detectionConfig,
  'fine-tuning': fineTuningConfig,
  'vjepa2-evaluation': vjepa2EvaluationFile,
} satisfies Record<string, z.ZodType>;

/**
 * A config's JSON schema for editors: its keys, values, defaults and descriptions. What depends on several keys at once is
 * checked by the command alone.
 *
 * @param partial of a file that a run fills in: no key is required
 */
export function configJsonSchema(name: keyof typeof CONFIG_SCHEMAS, { partial = false } = {}): object {
  return z.toJSONSchema(CONFIG_SCHEMAS[name], {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
    override({ jsonSchema }) {
      if (partial) delete jsonSchema.required;
      // A lone value stands for a list of one (`lonesAsLists`).
      const { type, items, minItems, maxItems, description, default: standard, ...rest } = jsonSchema;
      if (type !== 'array' || items === undefined || Array.isArray(items)) return;
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
      const list = { type, items, minItems, maxItems, ...rest };
      Object.assign(jsonSchema, { description, default: standard, anyOf: [list, items] });
      for (const part of [list, jsonSchema]) {
        for (const [key, value] of Object.entries(part))
          if (value === undefined) delete (part as Record<string, unknown>)[key];
      }
    },
  });
}
