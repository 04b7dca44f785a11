// Device selectors: which devices a word of the user's means.
//
//   onednn:0, opencl:0.1   one device          opencl:0   all of platform 0
//   onednn                 all of a backend    all        all of every backend, software GPUs too
//   cpu, gpu, gpu:1        by kind, counted from 0 over the backends; without software GPUs
//   7763                   the one device with this in its name, whatever the case of letters
//
// The backends that are never part of a run by default (reference, null, the comparators) take part only where they
// are named. Without a selector: every device of the others except software GPUs.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/inventory.hpp"

namespace assay {

// A selector that is right but finds nothing here.
struct MissingDevice {
  std::string selector;
  std::string backend;  // empty for cpu, gpu
  std::string reason;   // "no device opencl:3.0 here: …"
  bool failed = false;  // it may be here: what would know broke
};

struct Selection {
  std::vector<KnownDevice> devices;  // in the inventory's order, each once
  std::vector<MissingDevice> missing;
  // Parts of backends that broke when they were asked for their devices, as far as the selectors take
  // whatever such a part holds: "opencl:1". All of them failed.
  std::vector<MissingDevice> lost;
};

// "a,b" and "c" -> a, b, c; a usage Error for an empty one.
[[nodiscard]] std::vector<std::string> split_selectors(std::span<const std::string> lists);

// What can be told without asking any driver: a usage Error for "opencll:0" with the nearest word.
// An unknown word before a colon may be a backend that comes out of a plugin, if there are any.
void check_selectors(std::span<const std::string> selectors, bool plugins = false);
// The same of one selector, for those who read it.
[[nodiscard]] std::function<void(const std::string&)> selector_check(bool plugins);

// The backends to ask, so that naming one loads no other.
[[nodiscard]] std::vector<std::string> backends_for(std::span<const std::string> selectors);

// Usage Error for a word that is no backend, kind or part of a name, and for a part of several
// names.
[[nodiscard]] Selection select_devices(std::span<const std::string> selectors,
                                       const Inventory& inventory);

}  // namespace assay
