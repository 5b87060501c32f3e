import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

// What actionlint (`npm run lint:workflows`) does not ask of a workflow.
const root = fileURLToPath(new URL('..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const read = (path) => ({ path, text: readFileSync(join(root, path), 'utf8') });
const workflows = readdirSync(join(root, '.github/workflows')).map((name) => read(`.github/workflows/${name}`));
const files = [...workflows, read('.github/actions/prepare/action.yml')];
const jobsOf = ({ text }) => Object.entries(parse(text).jobs);

describe.each(workflows.map((workflow) => [workflow.path, workflow]))('%s', (path, workflow) => {
  const { permissions } = parse(workflow.text);

  it('permits nothing but what a job names', () => {
    expect(permissions).toEqual({});
    for (const [name, job] of jobsOf(workflow)) {
      const allowed = path.endsWith('/publish.yml') && name === 'publish' ? { 'id-token': 'write' } : {};
      expect(job.permissions, name).toEqual({ contents: 'read', ...allowed });
    }
  });

  it('ends: each job has a time limit', () => {
    for (const [name, job] of jobsOf(workflow)) expect(job['timeout-minutes'], name).toBeLessThanOrEqual(120);
  });

  it('leaves no credentials in the checkout', () => {
    const checkouts = jobsOf(workflow).flatMap(([, job]) =>
      job.steps.filter(({ uses }) => uses?.startsWith('actions/checkout@')),
    );
    expect(checkouts.length).toBeGreaterThan(0);
    for (const step of checkouts) expect(step.with).toMatchObject({ 'persist-credentials': false });
  });

  it('runs scripts of the repository, which anyone can run', () => {
    for (const run of jobsOf(workflow).flatMap(([, job]) => job.steps.flatMap((step) => step.run ?? []))) {
      const script = /^npm run (\S+)/.exec(run)?.[1];
      if (script === '${{') expect(run).toMatch(/^npm run \$\{\{ matrix\.test \}\}$/);
      else if (script) expect(Object.keys(scripts)).toContain(script);
      else expect(run).toMatch(/^(bash \.ci\/run( --only=[a-z,]+)?|node scripts\/release\/publish\.mjs release)$/);
    }
  });
});

it('pins every action by its commit, the same one everywhere, with its version beside it', () => {
  const pins = new Map();
  for (const { path, text } of files) {
    const uses = [...text.matchAll(/uses: (\S+)(.*)/g)].filter(([, action]) => !action.startsWith('./'));
    for (const [, action, comment] of uses) {
      expect(`${action}${comment}`, path).toMatch(/^actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      const [name] = action.split('@');
      expect(pins.get(name) ?? action, path).toBe(action);
      pins.set(name, action);
    }
  }
  expect(pins.size).toBeGreaterThanOrEqual(4);
});

it('keeps code of strangers from runners of one’s own, and downloads of others from what is published', () => {
  for (const { path, text } of workflows) {
    const { on } = parse(text);
    if (text.includes('self-hosted')) expect(Object.keys(on), path).toEqual(['workflow_dispatch']);
    expect(Object.keys(on), path).not.toContain('pull_request_target');
  }
  expect(workflows.find(({ path }) => path.endsWith('/publish.yml')).text).not.toMatch(/prepare|actions\/cache/);
});
