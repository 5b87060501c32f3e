// libnvidia-ml.so.1: the driver's management library.
#include "fake.h"

API int nvmlInit_v2(void) { return OK; }
API int nvmlInit(void) { return OK; }
API int nvmlInitWithFlags(unsigned flags) { return OK; }
API int nvmlShutdown(void) { return OK; }
API int nvmlSystemGetDriverVersion(char *version, unsigned size) {
  snprintf(version, size, cuda_version() >= 12000 ? "580.159.03" : "470.256.02");
  return OK;
}
API int nvmlDeviceGetHandleByPciBusId_v2(const char *id, void **device) { *device = (void *)1; return OK; }
API int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) { *device = (void *)1; return OK; }
API int nvmlDeviceGetCurrPcieLinkGeneration(void *device, unsigned *generation) { *generation = 5; return OK; }
API int nvmlDeviceGetCurrPcieLinkWidth(void *device, unsigned *width) { *width = 16; return OK; }
API const char *nvmlErrorString(int error) { return "not in the fake management library"; }
