// The packages and who may import whom: arrows only downwards, YAML in the app alone. Draws docs/architecture.svg from the
// imports themselves, and fails where the one in the repository is another.
//
//   node scripts/check-map.mjs           checks
//   node scripts/check-map.mjs --write   checks, and draws the picture anew
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * From top to bottom, what each package is and what it stands on: it may import those, and what they stand on. After `?`
 * what it does without where it is not installed.
 */
const MAP = {
  vjepa: ['commands, YAML, display', 'report parity tensorflow xla results hosts'],
  report: ["a run's page", 'evaluation pictures'],
  parity: ['held against recordings', 'evaluation jepa'],
  results: ["the paper's comparisons", 'evaluation'],
  evaluation: ['features, probes, fine-tuning', 'training probe'],
  training: ['pretraining runs', 'jepa pictures benchmarks checkpoints'],
  pictures: ['of masks and features', 'masks video'],
  jepa: ['objective and steps', 'vit optim'],
  probe: ['probes and their steps', 'vit optim'],
  benchmarks: ['data sets, metrics', 'random files ?video'],
  video: ['clips out of files', 'random files'],
  vit: ['encoder and predictor', 'engine masks'],
  masks: ['tokens seen and predicted', 'random'],
  optim: ['gradients, AdamW, schedules', 'engine'],
  tensorflow: ["TensorFlow's library", 'trace native'],
  xla: ["XLA's devices", 'trace native'],
  trace: ['steps as graphs', 'engine'],
  native: ['fetched, opened, called', 'engine files'],
  hosts: ['processes of one run', ''],
  random: ["NumPy's and PyTorch's draws", ''],
  engine: ['steps and what runs them', ''],
  files: ['written whole or not at all', ''],
  checkpoints: ['files of tensors', 'files'],
};

const STYLE = `<style>
text { font: 11px ui-sans-serif, system-ui, sans-serif; text-anchor: middle; fill: #57606a }
.name { font-size: 14px; font-weight: 600; fill: #1f2328 }
.box { fill: #ffffff; fill-opacity: 0.8; stroke: #57606a; stroke-width: 1.5 }
.arrow { fill: none; stroke: #8c959f; stroke-width: 1.3; marker-end: url(#tip) }
.types { stroke-dasharray: 6 3 }
.optional { stroke-dasharray: 2 4 }
.tip { fill: #8c959f }
@media (prefers-color-scheme: dark) {
  text { fill: #9da7b1 }
  .name { fill: #e6edf3 }
  .box { fill: #161b22; stroke: #8b949e }
}
</style>
<marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0 8 4 0 8z"/></marker>`;

const root = fileURLToPath(new URL('..', import.meta.url));
const picture = join(root, 'docs/architecture.svg');
const names = Object.keys(MAP).filter((name) => existsSync(join(folderOf(name), 'package.json')));
const imports = new Map(names.map((name) => [name, importsOf(name)]));
const failures = [...names.flatMap(checkPackage), ...unknownPackages()];
if (failures.length === 0) checkPicture();
for (const failure of failures) console.log(failure);
console.log(`${names.length} packages, ${failures.length} arrows or files that should not be`);
process.exitCode = failures.length > 0 ? 1 : 0;

function folderOf(name) {
  return join(root, name === 'vjepa' ? 'apps/vjepa' : `packages/${name}`);
}

/** What a package's code imports of the others: `types`, `values`, or `optional` where only an `import()` finds it. */
function importsOf(name) {
  const found = new Map();
  for (const { text } of sources(name)) {
    const pattern =
      /^(?:import|export)(?<statement>[^'";]*?) from '@vjepa\/(?<other>[\w-]+)'|import\('@vjepa\/(?<late>[\w-]+)'\)/gm;
    for (const { groups } of text.matchAll(pattern)) {
      const kind = groups.late ? 'optional' : onlyTypes(groups.statement) ? 'types' : 'values';
      const other = groups.other ?? groups.late;
      const rank = ['optional', 'types', 'values'];
      if (rank.indexOf(kind) > rank.indexOf(found.get(other))) found.set(other, kind);
    }
  }
  return found;
}

function onlyTypes(statement) {
  return /^ type\b/.test(statement) || /^ \{(?:\s*type [^,}]+,?)+\s*\}$/.test(statement);
}

function sources(name) {
  const folder = join(folderOf(name), 'src');
  return readdirSync(folder, { recursive: true })
    .filter((file) => /\.[cm]?ts$/.test(file) && !/\.(test|fixture|cuda|test-d)\.ts$/.test(file))
    .map((file) => ({ path: join(folder, file), text: readFileSync(join(folder, file), 'utf8') }));
}

function checkPackage(name) {
  const { dependencies = {}, peerDependencies = {} } = JSON.parse(
    readFileSync(join(folderOf(name), 'package.json'), 'utf8'),
  );
  const below = new Set(reach(name));
  const optional = new Set(standsOn(name, true));
  const wrong = [...imports.get(name)].filter(
    ([other, kind]) => !below.has(other) && !(kind === 'optional' && optional.has(other)),
  );
  const yaml =
    name !== 'vjepa' && ['yaml', 'js-yaml'].filter((library) => library in { ...dependencies, ...peerDependencies });
  return [
    ...wrong.map(([other]) => `${name} imports @vjepa/${other}, which the map does not put below it`),
    ...Object.keys(dependencies)
      .filter((other) => other.startsWith('@vjepa/') && !below.has(other.slice('@vjepa/'.length)))
      .map((other) => `${name} depends on ${other}, which the map does not put below it`),
    ...(yaml || []).map((library) => `${name} depends on ${library}: YAML is the app's`),
  ];
}

/** What the map says a package stands on. */
function standsOn(name, optional = false) {
  const words = MAP[name][1].split(' ').filter(Boolean);
  return words.filter((word) => word.startsWith('?') === optional).map((word) => word.replace('?', ''));
}

function reach(name) {
  return [...new Set(standsOn(name).flatMap((other) => [other, ...reach(other)]))];
}

function unknownPackages() {
  return readdirSync(join(root, 'packages'))
    .filter((name) => name !== 'test-kit' && !(name in MAP))
    .map((name) => `packages/${name} is not on the map in scripts/check-map.mjs`);
}

function checkPicture() {
  const drawn = draw();
  if (process.argv.includes('--write')) writeFileSync(picture, drawn);
  else if (!existsSync(picture) || readFileSync(picture, 'utf8') !== drawn) {
    failures.push('docs/architecture.svg is not of these imports: node scripts/check-map.mjs --write');
  }
}

/** Boxes in rows, the deepest at the bottom; arrows that others imply are left out. */
function draw() {
  const [width, height, gap, rise] = [172, 48, 20, 60];
  const rows = [];
  for (const name of names) {
    const level = depth(name);
    rows[level] = [...(rows[level] ?? []), name];
  }
  const total = Math.max(...rows.map((row) => row.length)) * (width + gap) + gap;
  const place = new Map();
  for (const [level, row] of rows.entries()) {
    const left = (total - row.length * (width + gap) + gap) / 2;
    const y = gap + (rows.length - 1 - level) * (height + rise);
    for (const [i, name] of row.entries()) place.set(name, { x: left + i * (width + gap), y });
  }
  const arrows = names.flatMap((name) => {
    const others = [...imports.get(name).keys()];
    const implied = new Set(
      others.filter((other) => imports.get(name).get(other) !== 'optional').flatMap(importedBelow),
    );
    return others
      .filter((other) => !implied.has(other))
      .map((other) => arrow(place.get(name), place.get(other), imports.get(name).get(other)));
  });
  const boxes = names.map((name) => {
    const { x, y } = place.get(name);
    return [
      `<rect class="box" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>`,
      `<text class="name" x="${x + width / 2}" y="${y + 19}">${name}</text>`,
      `<text x="${x + width / 2}" y="${y + 36}">${MAP[name][0].replaceAll('&', '&amp;')}</text>`,
    ].join('\n');
  });
  const bottom = gap * 2 + rows.length * (height + rise) - rise;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${total} ${bottom}" role="img">`,
    '<title>The packages of vjepa and what each imports</title>',
    STYLE,
    ...arrows,
    ...boxes,
    '</svg>\n',
  ].join('\n');

  function arrow(from, to, kind) {
    const [x1, y1, x2, y2] = [from.x + width / 2, from.y + height, to.x + width / 2, to.y];
    // Among neighbours of one row it leaves and enters below.
    if (y2 <= y1)
      return `<path class="arrow ${kind}" d="M${x1} ${y1}C${x1} ${y1 + rise / 2} ${x2} ${y1 + rise / 2} ${x2} ${y1 + 1}"/>`;
    const middle = (y1 + y2) / 2;
    return `<path class="arrow ${kind}" d="M${x1} ${y1}C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}"/>`;
  }
}

/** All that is below a package by its imports. */
function importedBelow(name) {
  const others = [...imports.get(name)].filter(([, kind]) => kind !== 'optional').map(([other]) => other);
  return [...new Set(others.flatMap((other) => [other, ...importedBelow(other)]))];
}

function depth(name) {
  const others = [...imports.get(name)].filter(([, kind]) => kind !== 'optional').map(([other]) => other);
  return others.length === 0 ? 0 : 1 + Math.max(...others.map(depth));
}
