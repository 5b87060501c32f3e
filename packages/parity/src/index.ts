export { checkFixture, type FixtureOptions, type FixtureResult } from './check-fixture.js';
export { checkParity, type ParityOptions, type ParityResults } from './check-parity.js';
export type { Comparison } from './comparison.js';
export { type Fixture, findFixtures } from './fixture.js';
export type { ParityEngine } from './parity-engine.js';
