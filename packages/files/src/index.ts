export { cacheFolder } from './cache-folder.js';
export { makeFolder } from './make-folder.js';
export { syncFolder } from './sync-folder.js';
export { writeFileAtomically } from './write-file-atomically.js';
