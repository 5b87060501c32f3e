// What compiles against this package, and what does not: checked with the types, never run.
import { type Engine, openEngine } from '@vjepa/engine';
import { expectTypeOf } from 'vitest';
import { checkFixture, checkParity, type FixtureResult, findFixtures, type ParityResults } from './index.js';

const engine = {} as Engine;
const FOLDERS = ['fixtures'];

expectTypeOf(checkParity).returns.toEqualTypeOf<Promise<ParityResults>>();
expectTypeOf(checkFixture).returns.toEqualTypeOf<Promise<FixtureResult>>();
expectTypeOf(checkParity).toBeCallableWith({ folders: FOLDERS, engine });
expectTypeOf(checkParity).toBeCallableWith({
  folders: FOLDERS,
  engine,
  videos: undefined,
  decoder: undefined,
  onResult: undefined,
});
// Another engine has to bind steps, and nothing else of what @vjepa/engine's do.
expectTypeOf(checkParity).toBeCallableWith({ folders: FOLDERS, engine: { bind: engine.bind, precision: 'float32' } });
// @ts-expect-error: what does not say its precision cannot be held to a tolerance
void checkParity({ folders: FOLDERS, engine: { bind: engine.bind } });
// @ts-expect-error: models run on an engine that is open
void checkParity({ folders: FOLDERS, engine: openEngine });
// @ts-expect-error: several folders
void checkParity({ folders: 'fixtures', engine });
// @ts-expect-error: fixtures are found first
void checkFixture('fixtures/schedules', { engine });
expectTypeOf(findFixtures(FOLDERS)[0]!.manifest).toBeUnknown();
