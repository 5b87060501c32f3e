// How changesets write a line of a changelog: the sentence alone. Versions of the other packages are the same in a fixed
// group, so "updated dependencies" says nothing.
module.exports = {
  getReleaseLine: async ({ summary }) => {
    const [first, ...rest] = summary.trim().split('\n');
    return [`- ${first}`, ...rest.map((line) => (line === '' ? '' : `  ${line}`))].join('\n');
  },
  getDependencyReleaseLine: async () => '',
};
