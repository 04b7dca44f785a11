// What a test does without the thing that it needs: it is skipped, unless the set-up says that the thing
// is on this machine (ASSAY_TEST_EXPECT, see tests/run.sh). Then its absence is a fault.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace assay {

// `thing` as bench/setup.sh names it: "pocl".
inline bool expected_here(std::string_view thing) {
  const char* const list = std::getenv("ASSAY_TEST_EXPECT");
  if (list == nullptr) return false;
  return ("," + std::string(list) + ",").find("," + std::string(thing) + ",") != std::string::npos;
}

// The thing whose OpenCL platform this test is for.
inline std::string_view wanted_platform_thing() {
  const char* const platform = std::getenv("ASSAY_TEST_PLATFORM");
  const std::string_view word = platform == nullptr ? "" : platform;
  if (word == "rusticl") return "rusticl";
  return word == "Oclgrind" ? "oclgrind" : "pocl";
}

}  // namespace assay

// Ends the test, or its SetUp().
#define ASSAY_MISSING(thing, why)                                                        \
  do {                                                                                   \
    if (::assay::expected_here(thing)) {                                                 \
      GTEST_FAIL() << (thing) << " is on this machine, says the set-up, but: " << (why); \
    }                                                                                    \
    GTEST_SKIP() << (why);                                                               \
  } while (false)
