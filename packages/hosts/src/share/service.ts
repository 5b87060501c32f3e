import type { ChannelOptions, ServiceDefinition } from '@grpc/grpc-js';
import { decodeMessage, encodeMessage, type Message, MOST_BYTES, type ToCoordinator, type ToHost } from './message.js';

/** One stream for each host, as long as it shares the run: that it breaks is how a lost host is noticed. */
export const SHARE = {
  path: '/vjepa.hosts.Hosts/Share',
  requestStream: true,
  responseStream: true,
  requestSerialize: encodeMessage as (message: Message<ToCoordinator>) => Buffer,
  requestDeserialize: decodeMessage<ToCoordinator>,
  responseSerialize: encodeMessage as (message: Message<ToHost>) => Buffer,
  responseDeserialize: decodeMessage<ToHost>,
} as const;

export const SERVICE: ServiceDefinition = { share: SHARE };

/** A peer whose machine has vanished is noticed twice `keepaliveMs` after its last sign of life. */
function keepalive(keepaliveMs: number): ChannelOptions {
  return {
    'grpc.keepalive_time_ms': keepaliveMs,
    'grpc.keepalive_timeout_ms': keepaliveMs,
    'grpc.keepalive_permit_without_calls': 1,
  };
}

export function serverOptions(keepaliveMs: number): ChannelOptions {
  return {
    ...keepalive(keepaliveMs),
    'grpc.max_receive_message_length': MOST_BYTES + (1 << 20),
    'grpc.max_send_message_length': -1,
  };
}

export function clientOptions(keepaliveMs: number): ChannelOptions {
  return {
    ...keepalive(keepaliveMs),
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    'grpc.enable_retries': 0,
    // Hosts reach each other directly, whatever the variables for the web say.
    'grpc.enable_http_proxy': 0,
    // Each attempt to connect is one of its own, without the delays of those before it.
    'grpc.use_local_subchannel_pool': 1,
  };
}
