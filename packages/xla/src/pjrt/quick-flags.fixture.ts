/** XLA's flags for programs that run once. */
export const QUICK_FLAGS = { xla_backend_optimization_level: 0, xla_llvm_disable_expensive_passes: true };
