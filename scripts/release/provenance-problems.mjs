/** The workflow that the registry trusts, by its file's name: another name publishes nothing. */
export const WORKFLOW = '.github/workflows/publish.yml';

/** The first npm that publishes with a token of OIDC's. */
const OLDEST_NPM = [11, 5, 1];

/** Variables that hold a token, or by which npm would publish elsewhere or without provenance; npm reads them in any case. */
const DECIDING =
  /^(node_auth_token|npm_token|npm_config_tag|npm_config_.*(auth|token|provenance|registry|dry.?run).*)$/i;

/** The same in an .npmrc: of npm, or of a scope. */
const DECIDING_KEY = /^\s*["']?(@[^:=]+:)?(registry|provenance|dry[-_]?run|tag)["']?\s*(=|$)/im;

/**
 * Why a release from here would have no provenance, or would be published by other means than trusted publishing. npm
 * says nothing of either by itself: it falls back to a token, and leaves provenance out.
 *
 * @param env the environment's variables
 * @param event the event that started the workflow, as GitHub writes it
 * @param npmVersion of the npm that will publish
 * @param npmConfig the text of every .npmrc that it reads
 * @returns one sentence for each problem
 */
export function provenanceProblems({ env, event, npmVersion, npmConfig, repository }) {
  const problems = [];
  const require = (holds, problem) => {
    if (!holds) problems.push(problem);
  };
  require(env.GITHUB_ACTIONS === 'true', 'this is not GitHub Actions');
  require(env.RUNNER_ENVIRONMENT === 'github-hosted', 'the runner is not hosted by GitHub');
  require(env.ACTIONS_ID_TOKEN_REQUEST_URL &&
    env.ACTIONS_ID_TOKEN_REQUEST_TOKEN, 'there is no OIDC token: the job needs `permissions: id-token: write`');
  require(`git+${env.GITHUB_SERVER_URL}/${env.GITHUB_REPOSITORY}.git` ===
    repository, `this is ${env.GITHUB_REPOSITORY}, and the packages say ${repository}`);
  require(env.GITHUB_WORKFLOW_REF?.startsWith(
    `${env.GITHUB_REPOSITORY}/${WORKFLOW}@refs/tags/v`,
  ), `the workflow is ${env.GITHUB_WORKFLOW_REF}, and should be ${WORKFLOW} at a tag v…`);
  require(event?.repository?.private === false, 'the repository is not public: provenance would be left out');
  require(isAtLeast(npmVersion, OLDEST_NPM), `npm ${npmVersion} is older than ${OLDEST_NPM.join('.')}`);
  for (const [name, value] of Object.entries(env)) {
    require(!value || !DECIDING.test(name), `${name} is set: nothing but OIDC may decide how this is published`);
  }
  require(!/_auth/i.test(npmConfig), 'an .npmrc holds a token: it would be used in place of OIDC');
  require(!DECIDING_KEY.test(npmConfig), 'an .npmrc decides on the registry, on provenance, the tag or a dry run');
  return problems;
}

function isAtLeast(version, oldest) {
  const found = version.split('.').map((part) => Number.parseInt(part, 10));
  const differing = oldest.findIndex((part, at) => part !== found[at]);
  return differing < 0 || found[differing] > oldest[differing];
}
