// What a newcomer copies: the programs of examples/ and the examples of the packages' READMEs, each plain JavaScript that is
// also strict TypeScript, under both ways in which TypeScript finds modules. They run in an empty project, where npm has
// installed the packages from the tarballs that would be published. Needs `npm run build`.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { spawnPortable } from './portable.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'vjepa-examples-'));
const failures = [];

try {
  installPackages();
  writeData();
  const programs = copyPrograms();
  const blocks = copyBlocks();
  for (const resolution of ['nodenext', 'bundler']) checkTypes(resolution);
  // A README's example may read what a program has made.
  for (const { name, args } of programs) await run(name, args);
  const queue = blocks.values();
  await Promise.all([checkBlocks(queue), checkBlocks(queue)]);
  console.log(`${programs.length} programs and ${blocks.length} examples of READMEs, ${failures.length} failures`);
} finally {
  rmSync(project, { recursive: true, force: true });
}
for (const failure of failures) console.log(failure);
process.exitCode = failures.length > 0 ? 1 : 0;

/** Every package from its tarball, and of the registry's what examples/ names. */
function installPackages() {
  const tarballs = join(project, 'tarballs');
  mkdirSync(tarballs);
  const { packageManager } = readManifest('.');
  const folders = workspaces().filter((folder) => !readManifest(folder).private);
  const filters = folders.map((folder) => `--filter=${readManifest(folder).name}`);
  must('npx', ['--yes', packageManager, ...filters, '-r', 'pack', '--pack-destination', tarballs], root);
  const ours = Object.fromEntries(
    folders.map(readManifest).map(({ name, version }) => {
      return [name, `file:tarballs/${name.replace('@', '').replace('/', '-')}-${version}.tgz`];
    }),
  );
  const dependencies = { ...readManifest('examples').dependencies, '@types/node': '20', ...ours };
  dependencies['@tensorflow/tfjs-backend-cpu'] = dependencies['@tensorflow/tfjs-core'];
  // A package's own dependencies on the others are the tarballs too.
  const overrides = Object.fromEntries(Object.keys(ours).map((name) => [name, `$${name}`]));
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ private: true, type: 'module', dependencies, overrides }),
  );
  must('npm', ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'], project);
}

/** Two classes of short videos, dark ones and bright ones, untrained encoders to look at them, and a recorded fixture. */
function writeData() {
  cpSync(join(root, 'fixtures/videos/nasa_13013.mp4'), join(project, 'clip.mp4'));
  cpSync(join(root, 'fixtures/position-embeddings'), join(project, 'fixtures/position-embeddings'), {
    recursive: true,
  });
  mkdirSync(join(project, 'videos'));
  const script = `
    import { writeFileSync } from 'node:fs';
    import { writeTorchCheckpoint } from '@vjepa/checkpoints';
    import { mersenneTwister } from '@vjepa/random';
    import { encodeVideo } from '@vjepa/video';
    import { encoderConfig, initializeEncoder, initializeVjepa2Encoder, vjepa2EncoderConfig } from '@vjepa/vit';
    const asPublished = (encoder) => {
      const names = Object.entries(encoder).map(([name, tensor]) => [\`module.backbone.\${name}\`, tensor]);
      return { target_encoder: Object.fromEntries(names) };
    };
    const encoder = encoderConfig('vit_tiny', { imageSize: 48, numFrames: 4, depth: 2 });
    await writeTorchCheckpoint('encoder.pth.tar', asPublished(initializeEncoder(encoder, mersenneTwister(0))));
    const second = vjepa2EncoderConfig('vit_tiny', { depth: 2 });
    await writeTorchCheckpoint('vitl.pt', asPublished(initializeVjepa2Encoder(second, mersenneTwister(0))));
    const lists = { train: [], test: [] };
    for (let i = 0; i < 8; i++) {
      const data = Uint8Array.from({ length: 16 * 48 * 48 * 3 }, (_, at) => (i % 2 ? 160 : 16) + ((at * (i + 3)) % 61));
      const output = \`videos/\${i}.mp4\`;
      await encodeVideo({ frames: { data, frames: 16, height: 48, width: 48 }, rate: 8, output });
      lists[i < 6 ? 'train' : 'test'].push(\`\${output} \${i % 2}\`);
    }
    for (const [name, lines] of Object.entries(lists)) writeFileSync(\`\${name}.csv\`, lines.join('\\n'));
  `;
  writeFileSync(join(project, 'write-videos.mjs'), script);
  must(process.execPath, ['write-videos.mjs'], project);
}

/** The programs of examples/ in both languages, and what they are told here. */
function copyPrograms() {
  const told = {
    'evaluate-checkpoint': ['encoder.pth.tar', 'train.csv', 'test.csv', '2', 'runs/evaluation'],
    'features-and-probe': ['encoder.pth.tar', 'train.csv', 'test.csv'],
    'masks-and-clips': ['clip.mp4'],
    'own-step': [],
    pretrain: ['videos', 'runs/first'],
  };
  return readdirSync(join(root, 'examples'))
    .filter((file) => file.endsWith('.js'))
    .map((file) => {
      const name = file.replace('.js', '');
      writeBoth(name, readFileSync(join(root, 'examples', file), 'utf8'));
      if (!told[name]) failures.push(`examples/${file} is not told what to work on in scripts/check-examples.mjs`);
      return { name, args: told[name] ?? [] };
    });
}

/** Each `js` or `ts` block of a README, as a program in both languages. */
function copyBlocks() {
  return ['examples', ...workspaces()].flatMap((folder) => {
    const readme = readFileSync(join(root, folder, 'README.md'), 'utf8');
    return [...readme.matchAll(/^```(?:js|ts)\n(.*?)^```/gms)].map(([, text], index) => {
      const name = `readme-${folder.split('/').at(-1)}-${index + 1}`;
      writeBoth(name, text);
      return { name, text };
    });
  });
}

function writeBoth(name, text) {
  for (const ending of ['mjs', 'ts']) writeFileSync(join(project, `${name}.${ending}`), text);
}

function checkTypes(moduleResolution) {
  // Bundlers declare this themselves.
  writeFileSync(join(project, 'urls.d.ts'), "declare module '*?url' { const url: string; export default url; }\n");
  const module = moduleResolution === 'bundler' ? 'esnext' : moduleResolution;
  const compilerOptions = { strict: true, target: 'es2022', module, moduleResolution, noEmit: true, types: ['node'] };
  // tfjs-core's own declarations do not pass.
  const config = { compilerOptions: { ...compilerOptions, skipLibCheck: true }, include: ['*.ts'] };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config));
  const { status, stdout, stderr } = command(join(root, 'node_modules/.bin/tsc'), ['-p', project], root);
  if (status !== 0) failures.push(`types, moduleResolution ${moduleResolution}:\n${stdout}${stderr}`);
}

function canRun(text) {
  const needs = [
    /vitl16\.pth\.tar|ssv2-vitl/, // a released checkpoint
    /https:/, // the network
    /\?url'/, // a bundler
    /install(TensorFlow|Plugin)/, // a download
    /my_videos/, // minutes
  ];
  return !needs.some((need) => need.test(text));
}

async function checkBlocks(queue) {
  for (const { name, text } of queue) {
    const { failed, output } = await node('--check', `${name}.mjs`);
    if (failed) failures.push(`${name} is not JavaScript:\n${output}`);
    else if (canRun(text)) await run(name);
  }
}

async function run(name, args = []) {
  const { failed, output } = await node(`${name}.mjs`, ...args);
  if (failed) failures.push(`${name} fails:\n${output}`);
}

async function node(...args) {
  const options = { cwd: project, timeout: 300_000, maxBuffer: 1 << 26 };
  try {
    await promisify(execFile)(process.execPath, args, options);
    return { failed: false };
  } catch ({ stdout, stderr, message }) {
    return { failed: true, output: `${stdout}${stderr || message}` };
  }
}

function must(name, args, cwd) {
  const { status, stdout, stderr, error } = command(name, args, cwd);
  if (status !== 0) throw new Error(`${name} ${args.join(' ')}:\n${stdout ?? ''}${stderr ?? error?.message}`);
}

function command(name, args, cwd) {
  return spawnPortable(name, args, { cwd, encoding: 'utf8', timeout: 300_000, maxBuffer: 1 << 26 });
}

function readManifest(folder) {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
}

function workspaces() {
  return ['packages', 'apps'].flatMap((group) => readdirSync(join(root, group)).map((name) => `${group}/${name}`));
}
