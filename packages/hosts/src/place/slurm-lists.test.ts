import { expect, it } from 'vitest';
import { expandNodeList, expandTaskCounts } from './slurm-lists.js';

it.each([
  ['node1', ['node1']],
  ['node[01-03,7],gpu5', ['node01', 'node02', 'node03', 'node7', 'gpu5']],
  ['n[098-101]', ['n098', 'n099', 'n100', 'n101']],
  ['rack[1-2]node[08-09]-ib', ['rack1node08-ib', 'rack1node09-ib', 'rack2node08-ib', 'rack2node09-ib']],
  ['a,b-2.cluster,c[3]', ['a', 'b-2.cluster', 'c3']],
])('expands the nodes %s', (text, names) => {
  expect(expandNodeList(text)).toEqual(names);
});

it.each(['', 'n[1', 'n1]', 'n[1-]', 'n[3-1]', 'n[a-b]', 'a,,b', ',a', 'n[[1]]'])('refuses the nodes "%s"', (text) => {
  expect(expandNodeList(text)).toBeUndefined();
});

it('expands counts of tasks', () => {
  expect(expandTaskCounts('2(x3),1')).toEqual([2, 2, 2, 1]);
  expect(expandTaskCounts('8')).toEqual([8]);
  for (const wrong of ['', '2(x)', 'x', '2,,1']) expect(expandTaskCounts(wrong)).toBeUndefined();
});
