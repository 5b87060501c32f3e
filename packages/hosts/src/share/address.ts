/** The address of `address:port`, without the brackets of one of IPv6. */
export function addressOf(coordinator: string): string {
  return coordinator.slice(0, coordinator.lastIndexOf(':')).replace(/^\[|\]$/g, '');
}

/** The port of `address:port`. */
export function portOf(coordinator: string): number {
  return Number(coordinator.slice(coordinator.lastIndexOf(':') + 1));
}

/** Whether only this machine is reached by an address. */
export function isLoopback(address: string): boolean {
  return /^(localhost|127(\.\d+){3}|::1)$/i.test(address);
}

/** The address that gRPC calls `ipv4:port`, `[ipv6]:port`: without the port, and of IPv4 where it is that in IPv6. */
export function peerAddress(peer: string): string {
  return addressOf(peer.replace(/^ipv[46]:/, '')).replace(/^::ffff:(?=\d+\.)/i, '');
}
