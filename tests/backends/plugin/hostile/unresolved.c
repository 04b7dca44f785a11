/* Needs a function that nobody has. */
#include "backends/plugin/abi.h"

const assay_plugin* assay_function_that_nobody_has(void);

const assay_plugin* assay_plugin_entry(uint32_t host_abi) {
  (void)host_abi;
  return assay_function_that_nobody_has();
}
