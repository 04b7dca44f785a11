/* A table of an ABI to come: nothing but the version is where it is today. */
#include "backends/plugin/abi.h"

static const uint32_t table[4] = {ASSAY_PLUGIN_ABI + 1, 1u << 20, 0, 0};

const assay_plugin* assay_plugin_entry(uint32_t host_abi) {
  (void)host_abi;
  return (const assay_plugin*)(const void*)table;
}
