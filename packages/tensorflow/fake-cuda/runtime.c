// libcudart.so.12: the runtime, for what libraries call of it beside the driver.
#include "fake.h"

static __thread int current_device;

API int cudaGetDeviceCount(int *count) { *count = gpu_count(); return OK; }
API int cudaSetDevice(int device) { current_device = device; return OK; }
API int cudaGetDevice(int *device) { *device = current_device; return OK; }
API int cudaRuntimeGetVersion(int *version) { *version = 12090; return OK; }
API int cudaDriverGetVersion(int *version) { *version = cuda_version(); return OK; }
API int cudaGetLastError(void) { return OK; }
API int cudaPeekAtLastError(void) { return OK; }
API int cudaDeviceSynchronize(void) { return OK; }
API int cudaStreamSynchronize(void *stream) { return OK; }
API int cudaDeviceGetStreamPriorityRange(int *least, int *greatest) {
  if (least != NULL) *least = 0;
  if (greatest != NULL) *greatest = -5;
  return OK;
}
API int cudaDeviceGetAttribute(int *value, int which, int device) { *value = attribute(which, device); return OK; }

/** struct cudaDeviceProp of CUDA 12, by the places of its fields. */
API int cudaGetDeviceProperties_v2(char *properties, int device) {
#define PUT(place, type, value) *(type *)(properties + (place)) = (value)
  memset(properties, 0, 1032);
  strcpy(properties, "NVIDIA H200");
  PUT(288, size_t, gpu_bytes());
  PUT(296, size_t, attribute(8, device));
  PUT(304, int, attribute(12, device));
  PUT(308, int, attribute(10, device));
  PUT(312, size_t, attribute(11, device));
  PUT(320, int, attribute(1, device));
  for (int axis = 0; axis < 6; axis++) PUT(324 + 4 * axis, int, attribute(2 + axis, device)); // of blocks, of the grid
  PUT(348, int, attribute(13, device));
  PUT(352, size_t, attribute(9, device));
  PUT(360, int, attribute(75, device));
  PUT(364, int, attribute(76, device));
  PUT(388, int, attribute(16, device));
  PUT(400, int, 1);                       // maps the host's memory
  PUT(584, int, device + 1);              // PCI bus
  PUT(604, int, 1);                       // unified addresses
  PUT(608, int, attribute(36, device));
  PUT(612, int, attribute(37, device));
  PUT(616, int, attribute(38, device));
  PUT(624, int, attribute(39, device));
  PUT(640, size_t, attribute(81, device));
  PUT(648, int, attribute(82, device));
  return OK;
}
API int cudaGetDeviceProperties(char *properties, int device) { return cudaGetDeviceProperties_v2(properties, device); }

API int cudaMalloc(void **memory, size_t bytes) { *memory = device_memory(bytes); return OK; }
API int cudaFree(void *memory) { free(memory); return OK; }
API int cudaMemcpy(void *to, const void *from, size_t bytes, int kind) { memcpy(to, from, bytes); return OK; }
API int cudaMemcpyAsync(void *to, const void *from, size_t bytes, int kind, void *stream) {
  return cudaMemcpy(to, from, bytes, kind);
}
API int cudaMemset(void *to, int value, size_t bytes) { memset(to, value, bytes); return OK; }
API int cudaMemsetAsync(void *to, int value, size_t bytes, void *stream) { return cudaMemset(to, value, bytes); }

API int cudaLaunchKernel() { return OK; }
API int cudaLaunchKernelExC() { return OK; }
API int cudaFuncSetAttribute() { return OK; }
API int cudaFuncSetCacheConfig() { return OK; }
API int cudaFuncGetAttributes(char *attributes, const void *function) {
  memset(attributes, 0, 128);
  ((int *)attributes)[6] = 1024; // threads of a block
  return OK;
}
API int cudaOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, const void *f, int threads, size_t shared) {
  *blocks = 2;
  return OK;
}
API int cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks, const void *f, int t, size_t s, unsigned g) {
  *blocks = 2;
  return OK;
}
API const char *cudaGetErrorString(int error) { return "the fake runtime's error"; }
API const char *cudaGetErrorName(int error) { return "cudaErrorUnknown"; }

// What compilers call for kernels linked into a library
API void **__cudaRegisterFatBinary(void *binary) { static void *handle; return &handle; }
API void __cudaRegisterFatBinaryEnd(void **handle) {}
API void __cudaUnregisterFatBinary(void **handle) {}
API void __cudaRegisterFunction() {}
API void __cudaRegisterVar() {}
API char __cudaInitModule(void **handle) { return 0; }
API unsigned __cudaPushCallConfiguration() { return OK; }
API int __cudaPopCallConfiguration(unsigned *grid, unsigned *block, size_t *shared, void **stream) {
  for (int axis = 0; axis < 3; axis++) {
    if (grid != NULL) grid[axis] = 1;
    if (block != NULL) block[axis] = 1;
  }
  if (shared != NULL) *shared = 0;
  if (stream != NULL) *stream = NULL;
  return OK;
}
