import { expect, it } from 'vitest';
import { userLine } from './origin.js';

const stack = (...frames: string[]) => ({ stack: ['Error', ...frames.map((frame) => `    at ${frame}`)].join('\n') });

it.each([
  {
    where: 'TensorFlow.js is installed by npm',
    engine: '/app/node_modules/@tensorflow/tfjs-core/dist/tf-core.node.js:4572:23',
    own: 'file:///app/node_modules/@vjepa/tensorflow/dist/index.js:9784:16',
  },
  {
    where: 'TensorFlow.js is installed by pnpm',
    engine: '/app/node_modules/.pnpm/@tensorflow+tfjs-core@4.22.0/node_modules/@tensorflow/tfjs-core/dist/x.js:1:2',
    own: 'file:///app/node_modules/.pnpm/@vjepa+tensorflow@1/node_modules/@vjepa/tensorflow/dist/index.js:9784:16',
  },
  {
    where: 'Node follows source maps',
    engine: '/app/tfjs-core/src/engine.ts:1221:25',
    own: '/app/node_modules/@vjepa/tensorflow/src/trace/trace-backend.ts:150:11',
  },
  {
    where: 'it runs on Windows',
    engine: 'C:\\app\\node_modules\\@tensorflow\\tfjs-core\\dist\\tf-core.node.js:4572:23',
    own: 'C:\\app\\node_modules\\@vjepa\\tensorflow\\dist\\index.js:9784:16',
  },
  {
    where: 'it is bundled, and Node follows source maps',
    engine: '/app/node_modules/@tensorflow/tfjs-core/dist/engine.js:469:20',
    own: '/app/node_modules/@vjepa/tensorflow/dist/index.js:150:11',
  },
])('the user is the innermost who is neither TensorFlow.js nor this package, where $where', ({ engine, own }) => {
  const model = 'model (/app/src/model.ts:7:47)';
  const origin = stack(
    `TraceBackend.readSync (${own})`,
    `Engine.readSync (${engine})`,
    'Array.map (<anonymous>)',
    'forEach (native:1:11)',
    'async Promise.all (index 0)',
    'listOnTimeout (node:internal/timers:581:17)',
    model,
    `run (${own})`,
    'main (/app/src/main.ts:3:1)',
  );
  expect(userLine(origin)).toBe('/app/src/model.ts:7:47');
});

it.each([
  ['fn (/my (own) models/model.cjs:7:47)', '/my (own) models/model.cjs:7:47'],
  ['/my models/model.cjs:7:47', '/my models/model.cjs:7:47'],
  ['async file:///my%20models/model.mjs:7:47', '/my models/model.mjs:7:47'],
  ['new Model [as model] (file:///my%20models/model.mjs:7:47)', '/my models/model.mjs:7:47'],
])('a path has its spaces and brackets: %s', (frame, line) => {
  expect(userLine(stack('TraceBackend.read (node:internal/x:1:1)', frame))).toBe(line);
});

it('functions without a name count, as Bun and source maps write them', () => {
  const frames = ['<anonymous> (/app/tfjs-core/src/engine.ts:469:20)', '<anonymous> (/app/src/model.ts:7:47)'];
  expect(userLine(stack(...frames))).toBe('/app/src/model.ts:7:47');
});

it("another package's model is the user's too, and a file without a function's name has its line", () => {
  const frames = ['/app/tfjs-core/src/engine.ts:1:1', 'file:///app/node_modules/@vjepa/vit/dist/index.js:31:9'];
  expect(userLine(stack(...frames))).toBe('/app/node_modules/@vjepa/vit/dist/index.js:31:9');
});
