// Makes an engine in which TensorFlow finds GPUs on a machine without one; see README.md.
//
//   node fake-cuda/build.mjs ENGINE OUT    ENGINE: a folder that installTensorFlow({ cuda: true }) made
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/**
 * What is faked: the source, the library, where it goes in the engine, and what a function answers that the source does
 * not have (CUDA_ERROR_NOT_SUPPORTED, cudaErrorNotSupported, NVML_ERROR_NOT_SUPPORTED, CUDNN_STATUS_NOT_SUPPORTED).
 */
const LIBRARIES = [
  { source: 'driver.c', file: 'libcuda.so.1', folder: 'driver', names: /^cu[A-Z]/, answer: 801 },
  { source: 'management.c', file: 'libnvidia-ml.so.1', folder: 'driver', names: /^nvml[A-Z]/, answer: 3 },
  { source: 'runtime.c', file: 'libcudart.so.12', folder: 'nvidia/cuda_runtime/lib', names: /^(__)?cuda/, answer: 801 },
  { source: 'cublas.c', file: 'libcublas.so.12', folder: 'nvidia/cublas/lib', names: /^cublas/, answer: 0 },
  { source: 'cublaslt.c', file: 'libcublasLt.so.12', folder: 'nvidia/cublas/lib', names: /^cublas/, answer: 0 },
  { source: 'cudnn.c', file: 'libcudnn.so.9', folder: 'nvidia/cudnn/lib', names: /^cudnn/, answer: 3000 },
];

/**
 * @param engine a folder with `tensorflow/` and `nvidia/`; nothing of it is changed
 * @param out what is made: the same, hard-linked, with fakes in the place of some libraries, and `driver/`, which has to
 *   be on LD_LIBRARY_PATH
 * @returns the folder of the driver
 */
export function buildFakeCuda(engine, out) {
  linkFolder(engine, out);
  const asked = namesAskedFor(join(engine, 'tensorflow'));
  for (const library of LIBRARIES) {
    const real = join(engine, library.folder, library.file);
    // The driver's functions are those TensorFlow asks it for by name, a library's those it has.
    buildFake(library, existsSync(real) ? exportedBy(real) : asked, join(out, library.folder));
  }
  return join(out, 'driver');
}

/**
 * The driver alone, for libraries that want one to be there though they run nothing on it.
 *
 * @param asking a folder of libraries: the driver has the functions that they ask for by name
 * @param out the folder it is made in
 * @returns the driver's path
 */
export function buildFakeDriver(asking, out) {
  return buildFake(LIBRARIES[0], namesAskedFor(asking), out);
}

function buildFake({ source, file, folder, names, answer }, functions, out) {
  const text = readFileSync(join(here, source), 'utf8');
  // After the preprocessor: some functions are made by macros.
  const spelledOut = execFileSync('cc', ['-E', '-P', join(here, source)], { encoding: 'utf8' });
  const missing = functions.filter((name) => names.test(name) && !new RegExp(`\\b${name}\\(`).test(spelledOut));
  const rest = missing.map((name) => unknown(name, answer, folder === 'driver')).join('\n');
  const target = join(out, file);
  mkdirSync(out, { recursive: true });
  rmSync(target, { force: true });
  compile(`${text}\n${rest}\n`, target, file);
  return target;
}

/**
 * @param plugin a folder that installPlugin({ kind: 'cuda12' }) made; nothing of it is changed
 * @param out what is made: the same, hard-linked, with the fakes of an engine in the place of the libraries
 * @param engine what {@link buildFakeCuda} made
 */
export function linkFakePlugin(plugin, out, engine) {
  linkFolder(plugin, out);
  for (const { file, folder } of LIBRARIES.filter(({ folder }) => folder !== 'driver')) {
    const target = join(out, folder, file);
    mkdirSync(dirname(target), { recursive: true });
    rmSync(target, { force: true });
    linkOrCopy(join(engine, folder, file), target);
  }
}

function linkFolder(from, to) {
  rmSync(to, { recursive: true, force: true });
  for (const path of filesBelow(from)) {
    const copy = join(to, relative(from, path));
    mkdirSync(dirname(copy), { recursive: true });
    linkOrCopy(path, copy);
  }
}

function unknown(name, answer, told) {
  const note = told ? `note("unknown", "${name}"); ` : '';
  return `API int ${name}() { ${note}return ${answer}; }`;
}

function compile(text, target, name) {
  const source = `${target}.c`;
  writeFileSync(source, text);
  const options = ['-w', '-O1', '-shared', '-fPIC', '-std=gnu17', `-I${here}`, `-Wl,-soname,${name}`];
  execFileSync('cc', [...options, '-o', target, source, '-lpthread', '-ldl'], { stdio: 'inherit' });
  rmSync(source);
}

const PART = 2 ** 26;

/** Strings in TensorFlow's libraries that look like functions of the driver. */
function namesAskedFor(folder) {
  const names = new Set();
  for (const file of readdirSync(folder).filter((name) => /\.so(\.|$)/.test(name))) {
    const bytes = readFileSync(join(folder, file));
    // In parts, since a library is longer than a string can be; they overlap by more than a name.
    for (let start = 0; start < bytes.length; start += PART) {
      const text = bytes.toString('latin1', start, start + PART + 100);
      for (const [, name] of text.matchAll(/\0((?:cu|nvml)[A-Z][A-Za-z0-9_]{3,60})(?=\0)/g)) names.add(name);
    }
  }
  return [...names].filter((name) => !/^cu(pti|fft|solver|sparse|rand|blas|dnn)/.test(name));
}

function exportedBy(library) {
  const table = execFileSync('nm', ['-D', '--defined-only', library], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  return [...new Set(table.split('\n').flatMap((line) => /\s[TWi]\s(\w+)/.exec(line)?.[1] ?? []))];
}

function filesBelow(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function linkOrCopy(from, to) {
  try {
    linkSync(from, to);
  } catch {
    cpSync(from, to);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [engine, out] = process.argv.slice(2);
  if (!engine || !out) throw new Error('node fake-cuda/build.mjs ENGINE OUT');
  console.log(buildFakeCuda(engine, out));
}
