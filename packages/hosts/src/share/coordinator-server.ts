import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { HostsError } from '../hosts-error.js';
import { addressOf, isLoopback, peerAddress, portOf } from './address.js';
import type { Coordinator, HostLink } from './coordinator.js';
import type { Message, ToCoordinator, ToHost } from './message.js';
import { SERVICE, serverOptions } from './service.js';

/** A port of a run that has just ended is free soon. */
const PORT_PATIENCE_MS = 3000;
const RETRY_MS = 200;
/** How long a process may be connected without saying who it is. */
const JOIN_MS = 10_000;
/** How long other hosts may take to close their streams. */
const CLOSE_MS = 2000;
/** For what was written last to leave this machine. */
const FLUSH_MS = 50;

type Stream = ServerDuplexStream<Message<ToCoordinator>, Message<ToHost>>;

/** The coordinator's open port. */
export interface CoordinatorServer {
  /** Waits for hosts to close their streams where `orderly`, else cuts them. */
  close(orderly: boolean): Promise<void>;
}

/**
 * Opens the port of `address:port`: on this machine's loopback where the address is of it, else on all interfaces.
 *
 * @throws HostsError `port-in-use`
 */
export async function serveCoordinator(
  coordinator: Coordinator,
  address: string,
  keepaliveMs: number,
): Promise<CoordinatorServer> {
  const server = new Server(serverOptions(keepaliveMs));
  server.addService(SERVICE, { share: (stream: Stream) => attach(coordinator, stream) });
  await bind(server, address);
  return { close: (orderly) => shutDown(server, orderly) };
}

function attach(coordinator: Coordinator, stream: Stream): void {
  const lastWrite = { done: Promise.resolve() };
  const link: HostLink = {
    send(message) {
      lastWrite.done = new Promise((resolve) => {
        stream.write(message, () => resolve());
      });
    },
    flushed: () => lastWrite.done,
    close: () => stream.end(),
  };
  const inbox = coordinator.accept(link, peerAddress(stream.getPeer()));
  const joinTimer = setTimeout(() => stream.end(), JOIN_MS);
  let over = false;
  const broke = (reason: string) => {
    clearTimeout(joinTimer);
    if (over) return;
    over = true;
    inbox.broke(reason);
    stream.end();
  };
  stream.on('data', (message: Message<ToCoordinator>) => {
    clearTimeout(joinTimer);
    inbox.receive(message);
  });
  stream.on('end', () => broke('its connection broke'));
  stream.on('cancelled', () => broke('its connection broke'));
  stream.on('error', ({ message }: Error) => broke(`its connection broke (${message})`));
}

async function bind(server: Server, address: string): Promise<void> {
  const until = Date.now() + PORT_PATIENCE_MS;
  for (;;) {
    try {
      await bindAny(server, addressOf(address), portOf(address));
      return;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!reason.includes('EADDRINUSE') || Date.now() > until) throw unbound(address, reason);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

async function bindAny(server: Server, host: string, port: number): Promise<void> {
  if (isLoopback(host)) return bindTo(server, host === '::1' ? `[::1]:${port}` : `127.0.0.1:${port}`);
  try {
    await bindTo(server, `[::]:${port}`);
  } catch (error) {
    if (String(error).includes('EADDRINUSE')) throw error;
    // A machine without IPv6.
    await bindTo(server, `0.0.0.0:${port}`);
  }
}

function bindTo(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()));
  });
}

function unbound(address: string, reason: string): HostsError {
  const taken = reason.includes('EADDRINUSE');
  return new HostsError({
    code: taken ? 'port-in-use' : 'settings',
    subject: `coordinator ${address}`,
    problem: taken ? `port ${portOf(address)} is in use on this machine` : `cannot be opened here (${reason})`,
    remedy: 'choose another port (--port of launch, VJEPA_HOSTS_PORT under torchrun and SLURM), or end what has it',
  });
}

async function shutDown(server: Server, orderly: boolean): Promise<void> {
  if (orderly) {
    const done = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    await Promise.race([done, new Promise((resolve) => setTimeout(resolve, CLOSE_MS))]);
  } else await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
  server.forceShutdown();
}
