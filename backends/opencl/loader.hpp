// OpenCL opened at run time: nothing links to libOpenCL, so a machine without it still starts.
#pragma once

#include <CL/cl_icd.h>

#include <string>
#include <string_view>
#include <vector>

namespace assay::opencl {

// Function pointers. The dispatch table that every driver hands to loaders has the right types;
// only the functions listed in loader.cpp are filled.
using Api = cl_icd_dispatch;

// A table with the functions that we use, taken from a driver's own.
[[nodiscard]] Api functions_of(const Api& dispatch);

struct Platform {
  Api api;
  cl_platform_id id = nullptr;
  std::string name;
  std::string version;
  std::string source;  // how it was found: the loader's file, or the driver's opened directly
  bool registered = true;
};

struct Platforms {
  std::vector<Platform> found;
  std::vector<std::string> unavailable;  // one reason a line
};

// Where to look.
struct Search {
  std::vector<std::string> loaders;  // the first that opens
  std::vector<std::string> drivers;  // opened directly if they exist
  std::vector<std::string> asked;    // likewise; it is worth a line if one doesn't open
};

// The usual places, and drivers from ASSAY_OPENCL_DRIVERS (files, colon-separated).
[[nodiscard]] Search usual_places();

// The loader's platforms in its order, then those of drivers that are installed but not registered
// with it. Libraries stay open until the process ends: drivers own threads that outlive a dlclose.
[[nodiscard]] Platforms find_platforms(const Search& search);

}  // namespace assay::opencl
