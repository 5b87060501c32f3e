// What every library of the fake shares.
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API __attribute__((visibility("default")))
#define OK 0

/** A number from the environment. */
static inline unsigned long long setting(const char *name, unsigned long long otherwise) {
  const char *text = getenv(name);
  return text != NULL && *text != 0 ? strtoull(text, NULL, 10) : otherwise;
}

static inline int gpu_count(void) { return (int)setting("FAKE_CUDA_GPUS", 1); }
static inline size_t gpu_bytes(void) { return setting("FAKE_CUDA_BYTES", 8ull << 30); }
static inline int cuda_version(void) { return (int)setting("FAKE_CUDA_VERSION", 12090); }
static inline int capability(void) { return (int)setting("FAKE_CUDA_CAPABILITY", 90); }

/** A line for the log that FAKE_CUDA_LOG names. */
static inline void note(const char *what, const char *value) {
  const char *path = getenv("FAKE_CUDA_LOG");
  FILE *file = path != NULL && *path != 0 ? fopen(path, "a") : NULL;
  if (file == NULL) return;
  fprintf(file, "%s %s\n", what, value);
  fclose(file);
}

/** Memory at an address that a GPU's would have: a multiple of 512. */
static inline void *device_memory(size_t bytes) {
  size_t rounded = (bytes + 511) / 512 * 512;
  return aligned_alloc(512, rounded > 0 ? rounded : 512);
}

/** An H200's attributes, by the numbers of cuda.h and driver_types.h, which are the same. */
static inline int attribute(int which, int device) {
  switch (which) {
    case 1: case 2: case 3: return 1024;             // threads of a block, in all and along x and y
    case 4: return 64;                               // along z
    case 5: case 11: return 2147483647;              // blocks along x; largest pitch
    case 6: case 7: return 65535;                    // blocks along y and z
    case 8: return 49152;                            // shared memory of a block
    case 9: case 12: case 82: return 65536;          // constant memory; registers of a block and of a multiprocessor
    case 10: return 32;                              // warp
    case 13: return 1980000;                         // clock, kHz
    case 14: return 512;                             // alignment of textures
    case 16: return 132;                             // multiprocessors
    case 33: return device + 1;                      // PCI bus
    case 36: return 3201000;                         // memory clock, kHz
    case 37: return 6144;                            // bus, bits
    case 38: return 50 << 20;                        // L2 cache
    case 39: return 2048;                            // threads of a multiprocessor
    case 40: return 3;                               // copy engines
    case 75: return capability() / 10;
    case 76: return capability() % 10;
    case 81: return 233472;                          // shared memory of a multiprocessor
    case 97: return 232448;                          // shared memory a block may ask for
    case 106: return 32;                             // blocks of a multiprocessor
    case 111: return 1024;                           // shared memory the driver keeps
    case 15: case 19: case 31: case 32: case 41: case 78: case 79: case 80: case 83: case 89: case 90: case 95:
      return 1;                                      // things it can do
    default: return 0;
  }
}
