// What compiles against this package, and what does not: checked with the types, never run.
import { openEngine } from '@vjepa/engine';
import type { PretrainingPlan } from '@vjepa/training';
import { expectTypeOf } from 'vitest';
import { examineClips, type WrittenReport, writeReport } from './index.js';

const plan = {} as PretrainingPlan;

expectTypeOf(writeReport).returns.toEqualTypeOf<Promise<WrittenReport>>();
expectTypeOf(writeReport).toBeCallableWith({ run: 'runs/first', plan });
expectTypeOf(writeReport).toBeCallableWith({ run: 'runs/first', plan, clips: undefined, output: undefined });
// @ts-expect-error: a run's settings are planned, not given
void writeReport({ run: 'runs/first' });
const checkpoint = { path: 'step-00000001.safetensors', step: 1 };
// @ts-expect-error: the model runs on an engine that is open
void examineClips({ clips: [], plan, checkpoint, engine: openEngine });
