export type { Hosts, HostsStore } from './hosts.js';
export { HOST_LOST_EXIT_CODE, HostsError, type HostsErrorCode, type HostsProblem } from './hosts-error.js';
export { type JoinOptions, joinHosts } from './join-hosts.js';
export { type LaunchOptions, launch } from './launch/launch.js';
export { hostPlace } from './place/from-environment.js';
export type { HostPlace } from './place/host-place.js';
