import type { AttentionChoice } from './engine.js';
import type { HostStore } from './host-group.js';
import type { HostTensor } from './host-tensor.js';
import type { StepFunction } from './step-function.js';
import type { FlatRunner } from './step-runner.js';

/** What the engine needs of @vjepa/xla, which it finds at run time as it does @vjepa/tensorflow. */
export interface XlaModule {
  /** @throws Error with `code` 'not-installed' where there is no plug-in to load */
  loadXla(options: {
    device?: 'cpu' | 'gpu' | undefined;
    devices?: 'all' | readonly number[] | undefined;
    hosts?: { index: number; count: number; store: HostStore } | undefined;
  }): Promise<XlaRuntime>;
}

interface XlaDevice {
  readonly kind: string;
  readonly localHardwareId: number;
}

/** XLA, loaded into this process, with the devices of one plug-in. */
export interface XlaRuntime {
  readonly version: string;
  /** `cpu`, `cuda`, … */
  readonly platform: string;
  /** Those that steps run on, of all hosts. */
  readonly devices: readonly XlaDevice[];
  /** Those of this process. */
  readonly ownDevices: readonly XlaDevice[];
  /** Whether attention is cuDNN's, where its shapes allow it, and why. @throws Error where it is asked for and cannot be */
  attention(options: Pick<StepSettings, 'precision' | 'fusedAttention'>): AttentionChoice;
  compile(step: StepFunction, options: StepSettings): FlatRunner;
}

/** See `StepOptions` of @vjepa/xla. */
interface StepSettings {
  state: Record<string, HostTensor>;
  precision?: 'float32' | 'bfloat16' | undefined;
  tensorFloat32?: boolean | undefined;
  fusedAttention?: boolean | undefined;
  shardState?: boolean | undefined;
  devices?: readonly XlaDevice[] | undefined;
}
