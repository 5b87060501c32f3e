// libcudnn.so.9: there, of a version, and able to do nothing. Every function that is not here answers "not supported".
#include "fake.h"

API int cudnnCreate(void **handle) { *handle = malloc(16); return OK; }
API int cudnnDestroy(void *handle) { free(handle); return OK; }
API int cudnnSetStream(void *handle, void *stream) { return OK; }
API int cudnnGetStream(void *handle, void **stream) { *stream = NULL; return OK; }
API size_t cudnnGetVersion(void) { return 91000; }
API size_t cudnnGetCudartVersion(void) { return 12090; }
API size_t cudnnGetMaxDeviceVersion(void) { return 900; }
API int cudnnGetProperty(int which, int *value) { *value = which == 0 ? 9 : which == 1 ? 10 : 0; return OK; }
API const char *cudnnGetErrorString(int status) { return "the fake cuDNN's status"; }
API void cudnnGetLastErrorString(char *text, size_t size) { snprintf(text, size, "the fake cuDNN's status"); }
