// libcudnn.so.9: there, of a version. Of any graph of operations it says that it has one way to compute it, and does
// nothing when asked to. Every function that is not here answers "not supported".
#include "fake.h"

API int cudnnCreate(void **handle) { *handle = malloc(16); return OK; }
API int cudnnDestroy(void *handle) { free(handle); return OK; }
API int cudnnSetStream(void *handle, void *stream) { return OK; }
API int cudnnGetStream(void *handle, void **stream) { *stream = NULL; return OK; }
API size_t cudnnGetVersion(void) { return 92800; }
API size_t cudnnGetCudartVersion(void) { return 12090; }
API size_t cudnnGetMaxDeviceVersion(void) { return 900; }
API int cudnnGetProperty(int which, int *value) { *value = which == 0 ? 9 : which == 1 ? 10 : 0; return OK; }
API const char *cudnnGetErrorString(int status) { return "the fake cuDNN's status"; }
API void cudnnGetLastErrorString(char *text, size_t size) { snprintf(text, size, "the fake cuDNN's status"); }

API int cudnnBackendCreateDescriptor(int type, void **descriptor) { *descriptor = calloc(1, 64); return OK; }
API int cudnnBackendInitialize(void *descriptor) { return OK; }
API int cudnnBackendDestroyDescriptor(void *descriptor) { return OK; }
API int cudnnBackendSetAttribute(void *descriptor, int name, int type, int64_t count, const void *values) { return OK; }
API int cudnnBackendFinalize(void *descriptor) { return OK; }

/** CUDNN_TYPE_INT64, CUDNN_TYPE_NUMERICAL_NOTE, CUDNN_TYPE_BEHAVIOR_NOTE, CUDNN_TYPE_INT32 of cudnn_graph.h. */
enum { INT64 = 3, NUMERICAL_NOTE = 11, BEHAVIOR_NOTE = 19, INT32 = 23 };

/** One of everything, no notes, no memory. */
API int cudnnBackendGetAttribute(void *descriptor, int name, int type, int64_t most, int64_t *count, void *values) {
  if (count != NULL) *count = type == NUMERICAL_NOTE || type == BEHAVIOR_NOTE ? 0 : 1;
  if (values == NULL || most == 0) return OK;
  if (type == INT64) *(int64_t *)values = 0;
  if (type == INT32) *(int32_t *)values = 0;
  return OK;
}

API int cudnnBackendExecute(void *handle, void *plan, void *pack) { note("cudnn", "executed"); return OK; }
