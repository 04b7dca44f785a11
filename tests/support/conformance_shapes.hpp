// The problems of the conformance suite, for tests.
#pragma once

#include "bench/conformance/shapes.hpp"
