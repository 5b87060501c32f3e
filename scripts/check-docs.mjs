// Every name that a package exports has a comment that says what it is.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const packages = readdirSync(join(root, 'packages'))
  .map((name) => join(root, 'packages', name))
  .filter((folder) => !JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).private);
const entries = packages.flatMap((folder) =>
  ['index.ts', 'browser.ts'].map((file) => join(folder, 'src', file)).filter(existsSync),
);

const exported = new Map();
for (const entry of entries) collect(entry);
const silent = [...exported.values()].filter(({ name, file }) => !isDocumented(name, file));
console.log(`${exported.size} exported names, ${silent.length} without a comment`);
for (const { name, file } of silent) console.log(`${relative(root, file)}: ${name}`);
process.exitCode = silent.length > 0 ? 1 : 0;

/** Follows what a module passes on from the modules beside it. */
function collect(file) {
  const source = readFileSync(file, 'utf8');
  for (const [, names, from] of source.matchAll(/^export (?:type )?(\*|\{[^}]*\}) from '(\.[^']+)\.js';/gm)) {
    const target = join(dirname(file), `${from}.ts`);
    if (names === '*') collect(target);
    for (const [, name] of names.matchAll(/(?:type )?([\w$]+)(?: as [\w$]+)?(?=\s*[,}])/g)) {
      exported.set(`${target} ${name}`, { name, file: target });
    }
  }
}

function isDocumented(name, file) {
  const source = readFileSync(file, 'utf8');
  const declaration = new RegExp(
    `^(?:export )?(?:declare |abstract |async )*(?:function\\*?|const|let|class|interface|type|enum) ${name}\\b`,
    'm',
  );
  const { index } = declaration.exec(source) ?? { index: -1 };
  // What a module passes on from another is documented there.
  return index < 0 ? new RegExp(`\\b${name}\\b[^;]* from '`).test(source) : source.slice(0, index).endsWith('*/\n');
}
