// libcuda.so.1: the driver. Memory is the host's; a launch is counted and does nothing; what is asked of the host by a
// stream (callbacks) is done in order, on one thread, as a GPU would have it done.
#define _GNU_SOURCE
#include "fake.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>

typedef unsigned long long Address;

enum { OUT_OF_MEMORY = 2, NO_DEVICE = 100, NOT_FOUND = 500, NOT_SUPPORTED = 801 };

static _Atomic size_t used;
static _Atomic long launches;
static _Atomic uintptr_t names = 0x100000; // streams, events, modules, functions: all but their names is left out
static __thread uintptr_t current_context;

static size_t free_bytes(void) {
  size_t taken = used + setting("FAKE_CUDA_TAKEN", 0);
  return taken < gpu_bytes() ? gpu_bytes() - taken : 0;
}

static int named(void **handle) {
  *handle = (void *)(names += 16);
  return OK;
}

// Host functions

typedef struct Job {
  void (*run)(void *);
  void *argument;
  struct Job *next;
} Job;

static Job *first, *last;
static int busy;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER, idle = PTHREAD_COND_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void *work(void *unused) {
  pthread_mutex_lock(&lock);
  for (;;) {
    while (first == NULL) {
      busy = 0;
      pthread_cond_broadcast(&idle);
      pthread_cond_wait(&arrived, &lock);
    }
    Job *job = first;
    first = job->next;
    if (first == NULL) last = NULL;
    pthread_mutex_unlock(&lock);
    job->run(job->argument);
    free(job);
    pthread_mutex_lock(&lock);
  }
  return NULL;
}

static void start_worker(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  pthread_detach(thread);
}

static void later(void (*run)(void *), void *argument) {
  pthread_once(&once, start_worker);
  Job *job = malloc(sizeof *job);
  *job = (Job){run, argument, NULL};
  pthread_mutex_lock(&lock);
  if (last != NULL) last->next = job; else first = job;
  last = job;
  busy = 1;
  pthread_cond_signal(&arrived);
  pthread_mutex_unlock(&lock);
}

static void wait_for_host(void) {
  pthread_mutex_lock(&lock);
  while (busy) pthread_cond_wait(&idle, &lock);
  pthread_mutex_unlock(&lock);
}

// Devices and contexts

API int cuInit(unsigned flags) { return gpu_count() > 0 ? OK : NO_DEVICE; }
API int cuDriverGetVersion(int *version) { *version = cuda_version(); return OK; }
API int cuDeviceGetCount(int *count) { *count = gpu_count(); return OK; }
API int cuDeviceGet(int *device, int ordinal) { *device = ordinal; return OK; }
API int cuDeviceGetName(char *name, int size, int device) { snprintf(name, size, "NVIDIA H200"); return OK; }
API int cuDeviceGetUuid(void *uuid, int device) { memset(uuid, device + 1, 16); return OK; }
API int cuDeviceGetUuid_v2(void *uuid, int device) { return cuDeviceGetUuid(uuid, device); }
API int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = gpu_bytes(); return OK; }
API int cuDeviceGetAttribute(int *value, int which, int device) { *value = attribute(which, device); return OK; }
API int cuDeviceComputeCapability(int *major, int *minor, int device) {
  *major = capability() / 10;
  *minor = capability() % 10;
  return OK;
}
API int cuDeviceGetPCIBusId(char *id, int size, int device) {
  snprintf(id, size, "0000:%02x:00.0", device + 1);
  return OK;
}
API int cuDeviceCanAccessPeer(int *can, int device, int peer) { *can = 1; return OK; }
API int cuDevicePrimaryCtxRetain(void **context, int device) {
  if (free_bytes() < 64 << 20) return OUT_OF_MEMORY; // what a context itself takes
  *context = (void *)(uintptr_t)(0x1000 + device);
  return OK;
}
API int cuDevicePrimaryCtxRelease_v2(int device) { return OK; }
API int cuDevicePrimaryCtxSetFlags_v2(int device, unsigned flags) { return OK; }
API int cuDevicePrimaryCtxGetState(int device, unsigned *flags, int *active) { *flags = 0; *active = 1; return OK; }
API int cuCtxGetCurrent(void **context) { *context = (void *)current_context; return OK; }
API int cuCtxSetCurrent(void *context) { current_context = (uintptr_t)context; return OK; }
API int cuCtxPushCurrent_v2(void *context) { return cuCtxSetCurrent(context); }
API int cuCtxPopCurrent_v2(void **context) { return context == NULL ? OK : cuCtxGetCurrent(context); }
API int cuCtxGetDevice(int *device) { *device = current_context ? (int)(current_context - 0x1000) : 0; return OK; }
API int cuCtxGetApiVersion(void *context, unsigned *version) { *version = (unsigned)cuda_version(); return OK; }
API int cuCtxGetStreamPriorityRange(int *least, int *greatest) {
  if (least != NULL) *least = 0;
  if (greatest != NULL) *greatest = -5;
  return OK;
}
API int cuCtxEnablePeerAccess(void *context, unsigned flags) { return OK; }
API int cuCtxSynchronize(void) { wait_for_host(); return OK; }

// Memory

API int cuMemAlloc_v2(Address *address, size_t bytes) {
  if (bytes > free_bytes()) return OUT_OF_MEMORY;
  *address = (Address)(uintptr_t)device_memory(bytes);
  used += bytes;
  return OK;
}
API int cuMemAllocManaged(Address *address, size_t bytes, unsigned flags) { return cuMemAlloc_v2(address, bytes); }
API int cuMemFree_v2(Address address) { free((void *)(uintptr_t)address); return OK; }
API int cuMemGetInfo_v2(size_t *unused, size_t *total) { *unused = free_bytes(); *total = gpu_bytes(); return OK; }
API int cuMemHostAlloc(void **memory, size_t bytes, unsigned flags) {
  size_t rounded = (bytes + 4095) / 4096 * 4096;
  *memory = aligned_alloc(4096, rounded > 0 ? rounded : 4096);
  return OK;
}
API int cuMemAllocHost_v2(void **memory, size_t bytes) { return cuMemHostAlloc(memory, bytes, 0); }
API int cuMemFreeHost(void *memory) { free(memory); return OK; }
API int cuMemHostRegister_v2(void *memory, size_t bytes, unsigned flags) { return OK; }
API int cuMemHostUnregister(void *memory) { return OK; }
API int cuMemHostGetDevicePointer_v2(Address *address, void *memory, unsigned flags) {
  *address = (Address)(uintptr_t)memory;
  return OK;
}
API int cuMemGetAddressRange_v2(Address *start, size_t *bytes, Address address) {
  if (start != NULL) *start = address;
  if (bytes != NULL) *bytes = 1 << 20;
  return OK;
}
API int cuPointerGetAttribute(void *value, int which, Address address) {
  switch (which) {
    case 1: *(void **)value = (void *)0x1000; return OK;                                // context
    case 2: *(unsigned *)value = 2; return OK;                                          // in device memory
    case 3: case 4: *(void **)value = (void *)(uintptr_t)address; return OK;            // device's, host's address
    case 9: *(int *)value = 0; return OK;                                               // device
    default: return 1;
  }
}

static int copy(void *to, const void *from, size_t bytes) {
  wait_for_host();
  memcpy(to, from, bytes);
  return OK;
}
/** To a GPU; what may be a batch is told. */
static int copy_to_device(void *to, const void *from, size_t bytes) {
  char size[32];
  snprintf(size, sizeof size, "%zu", bytes);
  if (bytes >= 65536) note("to device", size);
  return copy(to, from, bytes);
}
#define AT(address) ((void *)(uintptr_t)(address))
API int cuMemcpy(Address to, Address from, size_t bytes) { return copy(AT(to), AT(from), bytes); }
API int cuMemcpyAsync(Address to, Address from, size_t bytes, void *stream) { return copy(AT(to), AT(from), bytes); }
API int cuMemcpyDtoH_v2(void *to, Address from, size_t bytes) { return copy(to, AT(from), bytes); }
API int cuMemcpyHtoD_v2(Address to, const void *from, size_t bytes) { return copy_to_device(AT(to), from, bytes); }
API int cuMemcpyDtoD_v2(Address to, Address from, size_t bytes) { return copy(AT(to), AT(from), bytes); }
API int cuMemcpyDtoHAsync_v2(void *to, Address from, size_t bytes, void *stream) { return copy(to, AT(from), bytes); }
API int cuMemcpyHtoDAsync_v2(Address to, const void *from, size_t bytes, void *stream) {
  return copy_to_device(AT(to), from, bytes);
}
API int cuMemcpyDtoDAsync_v2(Address to, Address from, size_t bytes, void *stream) { return copy(AT(to), AT(from), bytes); }
API int cuMemcpyPeer(Address to, void *a, Address from, void *b, size_t bytes) { return copy(AT(to), AT(from), bytes); }
API int cuMemcpyPeerAsync(Address to, void *a, Address from, void *b, size_t bytes, void *stream) {
  return copy(AT(to), AT(from), bytes);
}

#define FILL(name, type)                                                                                          \
  API int name##_v2(Address to, type value, size_t count) {                                                       \
    for (size_t i = 0; i < count; i++) ((type *)AT(to))[i] = value;                                               \
    return OK;                                                                                                    \
  }                                                                                                               \
  API int name##Async(Address to, type value, size_t count, void *stream) { return name##_v2(to, value, count); }
FILL(cuMemsetD8, unsigned char)
FILL(cuMemsetD16, unsigned short)
FILL(cuMemsetD32, unsigned)

// Streams and events: everything is done as soon as it is asked for

API int cuStreamCreate(void **stream, unsigned flags) { return named(stream); }
API int cuStreamCreateWithPriority(void **stream, unsigned flags, int priority) { return named(stream); }
API int cuStreamDestroy_v2(void *stream) { return OK; }
API int cuStreamSynchronize(void *stream) { wait_for_host(); return OK; }
API int cuStreamWaitEvent(void *stream, void *event, unsigned flags) { return OK; }
API int cuStreamQuery(void *stream) { return OK; }
API int cuStreamIsCapturing(void *stream, int *capturing) { *capturing = 0; return OK; }
API int cuStreamGetPriority(void *stream, int *priority) { *priority = 0; return OK; }
API int cuStreamGetCtx(void *stream, void **context) { *context = (void *)0x1000; return OK; }
API int cuLaunchHostFunc(void *stream, void (*run)(void *), void *argument) { later(run, argument); return OK; }

typedef struct {
  void (*run)(void *stream, int status, void *argument);
  void *stream, *argument;
} Callback;
static void call_back(void *given) {
  Callback *callback = given;
  callback->run(callback->stream, OK, callback->argument);
  free(callback);
}
API int cuStreamAddCallback(void *stream, void (*run)(void *, int, void *), void *argument, unsigned flags) {
  Callback *callback = malloc(sizeof *callback);
  *callback = (Callback){run, stream, argument};
  later(call_back, callback);
  return OK;
}

API int cuEventCreate(void **event, unsigned flags) { return named(event); }
API int cuEventDestroy_v2(void *event) { return OK; }
API int cuEventRecord(void *event, void *stream) { return OK; }
API int cuEventRecordWithFlags(void *event, void *stream, unsigned flags) { return OK; }
API int cuEventQuery(void *event) { return OK; }
API int cuEventSynchronize(void *event) { return OK; }
API int cuEventElapsedTime(float *milliseconds, void *start, void *end) { *milliseconds = 1; return OK; }
API int cuEventElapsedTime_v2(float *milliseconds, void *start, void *end) { *milliseconds = 1; return OK; }

// Programs

API int cuModuleLoadData(void **module, const void *image) { return named(module); }
API int cuModuleLoadDataEx(void **module, const void *image, unsigned n, void *o, void *v) { return named(module); }
API int cuModuleLoadFatBinary(void **module, const void *image) { return named(module); }
API int cuModuleUnload(void *module) { return OK; }
API int cuModuleGetFunction(void **function, void *module, const char *name) { return named(function); }
API int cuModuleGetGlobal_v2(Address *address, size_t *bytes, void *module, const char *name) {
  static void *constants; // larger than any constant of a step
  if (constants == NULL) constants = device_memory(64 << 20);
  if (address != NULL) *address = (Address)(uintptr_t)constants;
  if (bytes != NULL) *bytes = 64 << 20;
  return OK;
}
API int cuLibraryLoadData(void **library, const void *image, void *a, void *b, unsigned c, void *d, void *e, unsigned f) {
  return named(library);
}
API int cuLibraryUnload(void *library) { return OK; }
API int cuLibraryGetKernel(void **kernel, void *library, const char *name) { return named(kernel); }
API int cuLibraryGetModule(void **module, void *library) { return named(module); }
API int cuKernelGetFunction(void **function, void *kernel) { *function = kernel; return OK; }
API int cuFuncGetAttribute(int *value, int which, void *function) {
  *value = which == 0 ? 1024 : which == 4 ? 32 : 0; // threads of a block, registers
  return OK;
}
API int cuFuncSetAttribute(void *function, int which, int value) { return OK; }
API int cuFuncSetCacheConfig(void *function, int config) { return OK; }
API int cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, void *function, int threads, size_t shared) {
  *blocks = 2;
  return OK;
}
API int cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks, void *f, int threads, size_t s, unsigned flags) {
  *blocks = 2;
  return OK;
}
API int cuLaunchKernel() { launches++; return OK; }
API int cuLaunchKernelEx() { launches++; return OK; }
API int cuLaunchCooperativeKernel() { launches++; return OK; }

// Names

API int cuGetErrorName(int error, const char **name) {
  *name = error == OUT_OF_MEMORY   ? "CUDA_ERROR_OUT_OF_MEMORY"
          : error == NO_DEVICE     ? "CUDA_ERROR_NO_DEVICE"
          : error == NOT_SUPPORTED ? "CUDA_ERROR_NOT_SUPPORTED"
                                   : "CUDA_ERROR_UNKNOWN";
  return OK;
}
API int cuGetErrorString(int error, const char **text) { return cuGetErrorName(error, text); }

API int cuGetProcAddress_v2(const char *name, void **function, int version, uint64_t flags, int *status) {
  Dl_info self;
  dladdr((void *)cuInit, &self);
  void *library = dlopen(self.dli_fname, RTLD_NOW);
  char newer[128];
  snprintf(newer, sizeof newer, "%s_v2", name);
  *function = dlsym(library, newer);
  if (*function == NULL) *function = dlsym(library, name);
  if (status != NULL) *status = *function == NULL;
  return *function == NULL ? NOT_FOUND : OK;
}

__attribute__((destructor)) static void tell(void) {
  char count[32];
  snprintf(count, sizeof count, "%ld", (long)launches);
  note("launches", count);
}
