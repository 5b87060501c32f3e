// Compiles the kernel to WebAssembly and writes it, as text, where the package imports it from.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const here = dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'vjepa-kernel-'));
const binary = join(folder, 'kernel.wasm');
const options = ['--outFile', binary, '--optimize', '--optimizeLevel', '3', '--shrinkLevel', '0', '--noAssert'];
const args = [join(here, 'crop-resize.ts'), ...options, '--runtime', 'stub', '--enable', 'simd', '--use', 'abort='];
const { error } = await main(args, { stdout: process.stdout, stderr: process.stderr });
if (error) throw error;
const text = readFileSync(binary).toString('base64');
rmSync(folder, { recursive: true });
const lines = text.match(/.{1,100}/g) ?? [];
const source = `// Made by kernel/build.mjs from kernel/crop-resize.ts. Do not edit.

/** The crop-and-resize kernel, WebAssembly with SIMD, in base64. */
export const CROP_RESIZE_KERNEL =
${lines.map((line) => `  '${line}'`).join(' +\n')};
`;
writeFileSync(join(here, '..', 'src', 'kernel', 'crop-resize-kernel.ts'), source);
console.log(`kernel: ${Math.round((text.length * 3) / 4)} bytes`);
