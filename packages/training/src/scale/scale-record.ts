import type { ScalePlan } from './plan-scale.js';

/** A plan as JSON: names in snake_case, with the model in place of all settings. Seconds, bytes and shares (0..1), as in {@link ScalePlan}. */
export function scaleRecord({ settings, ...plan }: ScalePlan): Record<string, unknown> {
  return { computed: true, model: settings.model, ...(snakeCased(plan) as Record<string, unknown>) };
}

function snakeCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCased);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snakeCased(one),
    ]),
  );
}
