import { definedFields, type Overrides } from '@vjepa/vit';

/** Settings with defaults in the place of those that are left out or `undefined`. */
export function withDefaults<Settings extends object>(defaults: Settings, given: Overrides<Settings> = {}): Settings {
  return { ...defaults, ...definedFields(given) };
}
