/** Settings with defaults in the place of those that are left out or `undefined`. */
export function withDefaults<Settings extends object>(
  defaults: Settings,
  given: { [Key in keyof Settings]?: Settings[Key] | undefined } = {},
): Settings {
  const defined = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(defined) };
}
