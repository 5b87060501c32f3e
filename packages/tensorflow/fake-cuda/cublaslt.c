// libcublasLt.so.12. Every function that is not here answers that all went well.
#include "fake.h"

/** Room for any description that the library would keep. */
static int described(void **description) { *description = calloc(1, 512); return OK; }
static int zeros(void *value, size_t bytes, size_t *written) {
  if (value != NULL) memset(value, 0, bytes);
  if (written != NULL) *written = bytes;
  return OK;
}

API int cublasLtCreate(void **handle) { return described(handle); }
API size_t cublasLtGetVersion(void) { return 120900; }
API size_t cublasLtGetCudartVersion(void) { return 12090; }
API int cublasLtGetProperty(int which, int *value) { *value = which == 0 ? 12 : which == 1 ? 9 : 0; return OK; }
API int cublasLtMatmulDescCreate(void **description, int compute, int scale) { return described(description); }
API int cublasLtMatrixLayoutCreate(void **layout, int type, uint64_t rows, uint64_t columns, int64_t stride) {
  return described(layout);
}
API int cublasLtMatmulPreferenceCreate(void **preference) { return described(preference); }
API int cublasLtMatrixTransformDescCreate(void **description, int type) { return described(description); }
API int cublasLtMatmulAlgoGetHeuristic(void *handle, void *description, void *a, void *b, void *c, void *d,
                                       void *preference, int wanted, char *results, int *found) {
  *found = wanted > 0;
  memset(results, 0, 96 * (size_t)*found); // one algorithm without a workspace
  return OK;
}
API int cublasLtMatmulDescGetAttribute(void *d, int which, void *value, size_t bytes, size_t *written) {
  return zeros(value, bytes, written);
}
API int cublasLtMatrixLayoutGetAttribute(void *l, int which, void *value, size_t bytes, size_t *written) {
  return zeros(value, bytes, written);
}
API int cublasLtMatmulAlgoConfigGetAttribute(void *a, int which, void *value, size_t bytes, size_t *written) {
  return zeros(value, bytes, written);
}
API int cublasLtMatmulAlgoCapGetAttribute(void *a, int which, void *value, size_t bytes, size_t *written) {
  return zeros(value, bytes, written);
}
API const char *cublasLtGetStatusString(int status) { return "the fake cuBLASLt's status"; }
API const char *cublasLtGetStatusName(int status) { return "CUBLAS_STATUS"; }
