/** Tests of tfjs-core that do not run on the eager backend, by the start of their full names, and why. */
export const EXCLUSIONS = [];
