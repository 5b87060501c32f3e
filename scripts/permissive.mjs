const PERMISSIVE = new Set([
  ...['MIT', 'MIT-0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0'],
  ...['Unlicense', 'CC0-1.0', 'Python-2.0'],
]);

/** Whether an SPDX expression asks for nothing but that licences are passed on: one of each OR, all of each AND. */
export function isPermissive(expression) {
  const plain = expression.replace(/[()]/g, ' ');
  // In parentheses AND and OR may stand in any order: then each must do.
  const isMixed = /\bAND\b/.test(plain) && /\bOR\b/.test(plain);
  const all = plain.split(isMixed ? /\b(?:AND|OR)\b/ : /\bAND\b/);
  return all.every((each) => each.split(/\bOR\b/).some((licence) => PERMISSIVE.has(licence.trim())));
}
