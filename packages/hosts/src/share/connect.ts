import { Client, type ClientDuplexStream, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { HostsError } from '../hosts-error.js';
import { addressOf, portOf } from './address.js';
import type { Message, ToCoordinator, ToHost } from './message.js';
import { clientOptions, SHARE } from './service.js';

const RETRY_MS = 250;
/** How long the coordinator may take to close the stream. */
const CLOSE_MS = 500;

type Stream = ClientDuplexStream<Message<ToCoordinator>, Message<ToHost>>;

/** A host's way to the coordinator. */
export interface CoordinatorLink {
  send(message: Message<ToCoordinator>): void;
  close(): Promise<void>;
}

export interface ConnectOptions {
  address: string;
  join: Message<ToCoordinator>;
  keepaliveMs: number;
  receive(message: Message<ToHost>): void;
  /** The stream has ended, and why. */
  broke(reason: string): void;
  /** Called before another attempt with what came of the last. */
  failed(reason: string): void;
  /** No more attempts. */
  signal: AbortSignal;
}

/**
 * Joins host 0's coordinator, as often as it takes until it answers.
 *
 * @returns undefined where `signal` ended it
 * @throws HostsError `refused` where the coordinator says no, or something else listens there
 */
export async function connect(options: ConnectOptions): Promise<CoordinatorLink | undefined> {
  while (!options.signal.aborted) {
    const link = await attempt(options);
    if (link !== undefined) return link;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return undefined;
}

function attempt({
  address,
  join,
  keepaliveMs,
  receive,
  broke,
  failed,
  signal,
}: ConnectOptions): Promise<CoordinatorLink | undefined> {
  const client = new Client(target(address), credentials.createInsecure(), clientOptions(keepaliveMs));
  const stream: Stream = client.makeBidiStreamRequest(SHARE.path, SHARE.requestSerialize, SHARE.responseDeserialize);
  const ended = new Promise<void>((resolve) => {
    stream.on('status', () => resolve());
  });
  const link: CoordinatorLink = {
    send: (message) => void stream.write(message),
    async close() {
      stream.end();
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, CLOSE_MS))]);
      client.close();
    },
  };
  return new Promise((resolve, reject) => {
    let joined = false;
    let over = false;
    const end = (reason: string, error?: HostsError) => {
      if (over) return;
      over = true;
      if (joined) {
        broke(reason);
        return;
      }
      client.close();
      if (error !== undefined) reject(error);
      else {
        failed(reason);
        resolve(undefined);
      }
    };
    signal.addEventListener('abort', () => !joined && stream.cancel(), { once: true });
    stream.on('data', (message: Message<ToHost>) => {
      const { header } = message;
      if (header.type === 'refused') {
        const error = new HostsError(header.problem);
        end(error.message, header.again ? undefined : error);
        return;
      }
      if (!joined) {
        joined = true;
        resolve(link);
      }
      receive(message);
    });
    stream.on('end', () => end('its connection broke'));
    stream.on('error', (error: ServiceError) => end(reasonOf(error), strangerAt(address, error)));
    stream.write(join);
  });
}

/** The loopback's name may mean two addresses, of which the coordinator has one. */
function target(address: string): string {
  return addressOf(address) === 'localhost' ? `127.0.0.1:${portOf(address)}` : address;
}

function reasonOf({ details, message }: ServiceError): string {
  return (details || message).replace(/\s+/g, ' ');
}

function strangerAt(address: string, { code }: ServiceError): HostsError | undefined {
  if (code !== status.UNIMPLEMENTED) return undefined;
  return new HostsError({
    code: 'refused',
    subject: `coordinator ${address}`,
    problem: 'another service answers there',
    remedy: 'choose another port, the same on every host',
  });
}
