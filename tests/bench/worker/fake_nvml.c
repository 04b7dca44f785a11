/* As much of NVIDIA's management library as sensors ask for: one GPU, whose counters grow with every reading. */
#include <string.h>

struct violation_time {
  unsigned long long reference_us, violation_ns;
};

static int gpu;
static unsigned long long energy_mj = 1000;
static unsigned long long violations_ns[2] = {0, 0};

int nvmlInit_v2(void) { return 0; }

int nvmlDeviceGetHandleByUUID(const char* uuid, void** device) {
  if (strcmp(uuid, "GPU-9a3c02ab-6f84-1dae-f0dc-9f94585ec979") != 0) return 6;
  *device = &gpu;
  return 0;
}

int nvmlDeviceGetHandleByPciBusId_v2(const char* pci, void** device) {
  if (strcmp(pci, "0000:3b:00.0") != 0) return 6;
  *device = &gpu;
  return 0;
}

int nvmlDeviceGetTotalEnergyConsumption(void* device, unsigned long long* millijoules) {
  if (device != &gpu) return 2;
  *millijoules = energy_mj += 5000;
  return 0;
}

int nvmlDeviceGetViolationStatus(void* device, int policy, struct violation_time* time) {
  if (device != &gpu || policy < 0 || policy > 1) return 2;
  violations_ns[policy] += policy == 0 ? 20000000 : 10000000;
  time->violation_ns = violations_ns[policy];
  return 0;
}
