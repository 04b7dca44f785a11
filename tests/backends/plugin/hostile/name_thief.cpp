// Well-behaved, but calls itself what a built-in backend is called.
#include "tests/backends/plugin/hostile/obedient.hpp"

ASSAY_HOSTILE_PLUGIN("reference", [](assay_plugin&) {})
