// libcublas.so.12. Every function that is not here answers that all went well.
#include "fake.h"

API int cublasCreate_v2(void **handle) { *handle = malloc(16); return OK; }
API int cublasDestroy_v2(void *handle) { free(handle); return OK; }
API int cublasGetVersion_v2(void *handle, int *version) { *version = 120900; return OK; }
API int cublasGetProperty(int which, int *value) { *value = which == 0 ? 12 : which == 1 ? 9 : 0; return OK; }
API int cublasGetStream_v2(void *handle, void **stream) { *stream = NULL; return OK; }
API int cublasGetMathMode(void *handle, int *mode) { *mode = 0; return OK; }
API int cublasGetPointerMode_v2(void *handle, int *mode) { *mode = 0; return OK; }
API int cublasGetAtomicsMode(void *handle, int *mode) { *mode = 0; return OK; }
API const char *cublasGetStatusString(int status) { return "the fake cuBLAS's status"; }
API const char *cublasGetStatusName(int status) { return "CUBLAS_STATUS"; }
