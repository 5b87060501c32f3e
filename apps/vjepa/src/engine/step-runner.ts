import type { CompiledFunction, HostTensor, Inputs } from '@vjepa/tensorflow';

/**
 * A step bound to its state, compiled or eager: each call feeds inputs (numbers become float32 scalars, uint8 becomes
 * float32 values 0..255), advances the state, and resolves to the outputs' values.
 */
export interface StepRunner extends Pick<CompiledFunction, 'readState' | 'writeState' | 'dispose'> {
  (inputs: Inputs): Promise<Record<string, HostTensor>>;
}
