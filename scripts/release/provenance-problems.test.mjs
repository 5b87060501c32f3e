import { describe, expect, it } from 'vitest';
import { REPOSITORY } from './manifest-problems.mjs';
import { provenanceProblems } from './provenance-problems.mjs';

const trusted = {
  env: {
    GITHUB_ACTIONS: 'true',
    RUNNER_ENVIRONMENT: 'github-hosted',
    ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.example',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_REPOSITORY: 'vjepa/vjepa',
    GITHUB_WORKFLOW_REF: 'vjepa/vjepa/.github/workflows/publish.yml@refs/tags/v0.2.0',
  },
  event: { repository: { private: false } },
  npmVersion: '11.5.1',
  npmConfig: '',
  repository: REPOSITORY,
};
const withEnv = (changes) => provenanceProblems({ ...trusted, env: { ...trusted.env, ...changes } });

describe('provenance', () => {
  it('is given by the workflow that the registry trusts', () => {
    expect(provenanceProblems(trusted)).toEqual([]);
    expect(provenanceProblems({ ...trusted, npmVersion: '12.0.0' })).toEqual([]);
  });

  it.each([
    ['a job without permission to ask for a token', { ACTIONS_ID_TOKEN_REQUEST_URL: undefined }, /id-token: write/],
    [
      'a workflow under another name',
      { GITHUB_WORKFLOW_REF: 'vjepa/vjepa/.github/workflows/x.yml@refs/tags/v1' },
      /publish\.yml/,
    ],
    ['a branch', { GITHUB_WORKFLOW_REF: 'vjepa/vjepa/.github/workflows/publish.yml@refs/heads/main' }, /at a tag/],
    ['a fork', { GITHUB_REPOSITORY: 'someone/vjepa' }, /someone\/vjepa/],
    ['a runner of one’s own', { RUNNER_ENVIRONMENT: 'self-hosted' }, /not hosted by GitHub/],
    ['a token', { NODE_AUTH_TOKEN: 'npm_x' }, /NODE_AUTH_TOKEN is set/],
    ['a variable that turns provenance off', { NPM_CONFIG_PROVENANCE: 'false' }, /NPM_CONFIG_PROVENANCE is set/],
    ['npm’s own spelling of it', { npm_config_provenance: 'false' }, /npm_config_provenance is set/],
    ['a token in a variable of npm’s', { 'npm_config_//registry.npmjs.org/:_authToken': 'x' }, /_authToken is set/],
    ['another registry', { Npm_Config_Registry: 'https://registry.example' }, /Npm_Config_Registry is set/],
    ['another machine', { GITHUB_ACTIONS: undefined }, /not GitHub Actions/],
  ])('is refused from %s', (_, changes, problem) => {
    expect(withEnv(changes).join('\n')).toMatch(problem);
  });

  it('would be left out of a private repository’s release, and by an older npm', () => {
    expect(provenanceProblems({ ...trusted, event: { repository: { private: true } } })).toEqual([
      'the repository is not public: provenance would be left out',
    ]);
    expect(provenanceProblems({ ...trusted, npmVersion: '10.9.4' })).toEqual(['npm 10.9.4 is older than 11.5.1']);
  });

  it.each([
    ...['//registry.example/:_authToken=x', 'a=b\nprovenance = false', 'registry=https://registry.example'],
    ...['@vjepa:registry=https://registry.example', '"@vjepa:registry"=x', 'dry-run=true', 'dry-run', ' tag = beta'],
  ])('is not decided by a file: %s', (npmConfig) => {
    expect(provenanceProblems({ ...trusted, npmConfig })).toHaveLength(1);
  });

  it.each(['npm_config_dry_run', 'NPM_CONFIG_TAG'])('is not decided by a variable: %s', (name) => {
    expect(withEnv({ [name]: 'x' })).toHaveLength(1);
  });

  it('has nothing against other settings', () => {
    expect(provenanceProblems({ ...trusted, npmConfig: 'fund=false\ntag-version-prefix=v\n' })).toEqual([]);
  });
});
