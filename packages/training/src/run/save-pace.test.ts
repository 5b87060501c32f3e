import { expect, it } from 'vitest';
import { savePace } from './save-pace.js';

it('saves at the first chance, then so that saving takes a twentieth of the time', async () => {
  let time = 1000;
  const pace = savePace(() => time);
  const taking = (ms: number) => async () => {
    time += ms;
  };
  expect(pace.isDue()).toBe(true);
  await pace.save(taking(100)); // ends at 1100
  expect(pace.isDue()).toBe(false);
  time = 2999;
  expect(pace.isDue()).toBe(false);
  time = 3000; // 100 ms of 2000
  expect(pace.isDue()).toBe(true);
  await pace.save(taking(10));
  time += 190;
  expect(pace.isDue()).toBe(true);
});
