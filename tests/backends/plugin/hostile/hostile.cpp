// Every way of being hostile that starts after loading. Which one it is, the name of the file that
// the library was loaded from says.
#include <dlfcn.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <string>

#include "tests/backends/plugin/hostile/obedient.hpp"

namespace {

using std::int32_t;
using std::int64_t;
using std::uint64_t;

// What an obedient table would have called.
assay_plugin original;

const std::string& name() {
  static const std::string stem = [] {
    Dl_info info = {};
    return dladdr(&original, &info) == 0 ? std::string()
                                         : std::filesystem::path(info.dli_fname).stem().string();
  }();
  return stem;
}

[[noreturn]] void hang() {
  for (volatile bool forever = true; forever;) {
  }
  std::abort();
}

// In enumerate
int32_t throw_in_enumerate(assay_backend*, const char*, assay_enumeration*) {
  throw std::runtime_error("boom in enumerate");
}
int32_t crash_in_enumerate(assay_backend*, const char*, assay_enumeration*) {
  return std::raise(SIGSEGV);
}
int32_t hang_in_enumerate(assay_backend*, const char*, assay_enumeration*) { hang(); }
int32_t exit_in_enumerate(assay_backend*, const char*, assay_enumeration*) { _exit(0); }
int32_t short_info(assay_backend*, const char*, assay_enumeration* found) {
  static const assay_device_info info = [] {
    assay_device_info short_one = {};
    short_one.size = 16;
    short_one.ordinal = "0";
    return short_one;
  }();
  static const assay_device_info* const devices[] = {&info};
  found->devices = devices;
  found->device_count = 1;
  return ASSAY_OK;
}

// In open
int32_t open_nothing(assay_backend*, const char*, assay_device** device) {
  *device = nullptr;
  return ASSAY_OK;
}

// In submit
int32_t throw_in_submit(assay_queue*, assay_bound* const*, uint64_t, int64_t) { throw 7; }
int32_t crash_in_submit(assay_queue*, assay_bound* const*, uint64_t, int64_t) {
  return std::raise(SIGSEGV);
}
int32_t hang_in_submit(assay_queue*, assay_bound* const*, uint64_t, int64_t) { hang(); }
int32_t exit_in_submit(assay_queue*, assay_bound* const*, uint64_t, int64_t) { _exit(0); }
int32_t nothing_in_submit(assay_queue*, assay_bound* const*, uint64_t, int64_t) { return ASSAY_OK; }
int32_t babble_in_submit(assay_queue* queue, assay_bound* const* ring, uint64_t size,
                         int64_t calls) {
  std::puts("{\"id\":1,\"reply\":\"quit\"}");
  std::fflush(stdout);
  return original.submit(queue, ring, size, calls);
}

// In wait
int32_t lie_about_time(assay_queue* queue, double* device_ns) {
  const int32_t code = original.wait(queue, device_ns);
  *device_ns = 3.6e12;
  return code;
}
int32_t time_is_no_number(assay_queue*, double* device_ns) {
  *device_ns = std::numeric_limits<double>::quiet_NaN();
  return ASSAY_OK;
}

// In copies
int32_t write_past_the_end(assay_device* device, const assay_buffer* buffer, void* data,
                           uint64_t bytes) {
  const int32_t code = original.copy_out(device, buffer, data, bytes);
  static_cast<unsigned char*>(data)[bytes] = 0;
  return code;
}
int32_t one_wrong_bit(assay_device* device, const assay_buffer* buffer, void* data,
                      uint64_t bytes) {
  const int32_t code = original.copy_out(device, buffer, data, bytes);
  static_cast<unsigned char*>(data)[bytes - 1] ^= 0x40U;
  return code;
}

// In release
void crash_in_release(assay_prepared*) { std::raise(SIGSEGV); }

void spoil(assay_plugin& table) {
  original = table;
  const auto is = [](const std::string& fault) { return name() == "hostile_" + fault; };
  if (is("short_table")) table.size = 24;
  if (is("null_function")) table.bind = nullptr;
  if (is("bad_name")) table.name = "../threads";
  if (is("throws_enumerating")) table.enumerate = throw_in_enumerate;
  if (is("crashes_enumerating")) table.enumerate = crash_in_enumerate;
  if (is("hangs_enumerating")) table.enumerate = hang_in_enumerate;
  if (is("exits_enumerating")) table.enumerate = exit_in_enumerate;
  if (is("short_info")) table.enumerate = short_info;
  if (is("null_handle")) table.open = open_nothing;
  if (is("throws_running")) table.submit = throw_in_submit;
  if (is("crashes_running")) table.submit = crash_in_submit;
  if (is("hangs_running")) table.submit = hang_in_submit;
  if (is("exits_running")) table.submit = exit_in_submit;
  if (is("does_nothing")) table.submit = nothing_in_submit;
  if (is("babbles")) table.submit = babble_in_submit;
  if (is("lying_clock")) table.wait = lie_about_time;
  if (is("no_clock")) table.wait = time_is_no_number;
  if (is("writes_past")) table.copy_out = write_past_the_end;
  if (is("wrong_answers")) table.copy_out = one_wrong_bit;
  if (is("crashes_releasing")) table.release_prepared = crash_in_release;
}

}  // namespace

ASSAY_HOSTILE_PLUGIN(name().c_str(), spoil)
