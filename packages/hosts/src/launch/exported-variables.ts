/** Variables that decide how a run computes and finds things; others are a machine's own. */
const EXPORTED =
  /^(VJEPA_|TF_|XLA_|NCCL_|CUDA_|OMP_|MKL_|KMP_|NODE_|UV_|(PATH|LD_LIBRARY_PATH|VIRTUAL_ENV|PYTHONPATH|LANG|TZ|TMPDIR)$|(https?|no|all)_proxy$)/i;

/** What hosts on other machines get of this process's variables. */
export function exportedVariables(env: NodeJS.ProcessEnv): Record<string, string> {
  const entries = Object.entries(env).filter(([name, value]) => value !== undefined && EXPORTED.test(name));
  return Object.fromEntries(entries as [string, string][]);
}
