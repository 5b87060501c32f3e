/** Where this process stands among those that share a run. */
export interface HostPlace {
  /** 0 to count - 1. */
  index: number;
  /** 2 or more. */
  count: number;
  /** `address:port` of host 0's coordinator. */
  coordinator: string;
  /** Which it is among the processes on the same machine, where that is known. */
  localIndex?: number;
  /** How many processes are on the same machine, where that is known. */
  localCount?: number;
  /** Whose variables said so. */
  source: 'vjepa' | 'torchrun' | 'slurm';
}
