#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "backends/plugin/calls.hpp"
#include "backends/plugin/convert.hpp"
#include "backends/plugin/host.hpp"

namespace assay::plugin {
namespace {

Error rejected(const std::string& reason) { return {Error::Kind::device, reason}; }

bool is_name(std::string_view name) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && name.size() <= 32 && lower(name.front()) &&
         std::ranges::all_of(
             name, [&](char c) { return lower(c) || (c >= '0' && c <= '9') || c == '_'; });
}

struct Function {
  const char* name;
  bool present;
};

void check_functions(const assay_plugin& api) {
  const std::array functions = {
      Function{"last_error", api.last_error != nullptr},
      Function{"last_detail", api.last_detail != nullptr},
      Function{"create", api.create != nullptr},
      Function{"destroy", api.destroy != nullptr},
      Function{"parts", api.parts != nullptr},
      Function{"enumerate", api.enumerate != nullptr},
      Function{"open", api.open != nullptr},
      Function{"close_device", api.close_device != nullptr},
      Function{"info", api.info != nullptr},
      Function{"supports", api.supports != nullptr},
      Function{"allocate", api.allocate != nullptr},
      Function{"free_buffer", api.free_buffer != nullptr},
      Function{"copy_in", api.copy_in != nullptr},
      Function{"copy_out", api.copy_out != nullptr},
      Function{"prepare", api.prepare != nullptr},
      Function{"release_prepared", api.release_prepared != nullptr},
      Function{"implementation", api.implementation != nullptr},
      Function{"bind", api.bind != nullptr},
      Function{"release_bound", api.release_bound != nullptr},
      Function{"touched_bytes", api.touched_bytes != nullptr},
      Function{"queue", api.queue != nullptr},
      Function{"release_queue", api.release_queue != nullptr},
      Function{"submit", api.submit != nullptr},
      Function{"wait", api.wait != nullptr},
  };
  for (const Function& function : functions) {
    if (!function.present) {
      throw rejected(std::string("its table has no function '") + function.name + "'");
    }
  }
}

// In the order in which fields may be trusted.
const assay_plugin& checked(const assay_plugin* table) {
  if (table == nullptr) throw rejected("assay_plugin_entry returned no table");
  if (table->abi != ASSAY_PLUGIN_ABI) {
    throw rejected("it speaks plugin ABI " + std::to_string(table->abi) + ", this assay " +
                   std::to_string(ASSAY_PLUGIN_ABI));
  }
  // What was appended later may be missing.
  constexpr std::size_t least = offsetof(assay_plugin, path);
  if (table->size < least) {
    throw rejected("its table has " + std::to_string(table->size) + " bytes, ABI " +
                   std::to_string(ASSAY_PLUGIN_ABI) + " needs " + std::to_string(least));
  }
  check_functions(*table);
  if (table->name == nullptr) throw rejected("it has no name");
  if (!is_name(table->name)) {
    throw rejected("'" + one_line(table->name) +
                   "' is no name for a backend: lower-case letters, digits and _, at most 32");
  }
  return *table;
}

// The loader's words without the file's name, which everything here begins with.
std::string loader_error(const std::string& file) {
  const char* const text = dlerror();
  std::string reason = text == nullptr ? "unknown error of the dynamic loader" : text;
  if (reason.starts_with(file + ": ")) reason.erase(0, file.size() + 2);
  return reason;
}

const assay_plugin* table_of(const std::string& file) {
  void* const library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw rejected("can't be loaded: " + loader_error(file));
  using Entry = const assay_plugin*(std::uint32_t);
  const auto entry = reinterpret_cast<Entry*>(dlsym(library, "assay_plugin_entry"));
  if (entry == nullptr) throw rejected("no plugin of assay: it has no function assay_plugin_entry");
  try {
    return entry(ASSAY_PLUGIN_ABI);
  } catch (...) {
    throw rejected("assay_plugin_entry let an exception escape");
  }
}

}  // namespace

Plugin host_plugin(const assay_plugin* table) {
  const assay_plugin& api = checked(table);
  try {
    return {api.name, one_line(api.summary), one_line(api.version), host_backend(api)};
  } catch (const Error& error) {
    throw Error(Error::Kind::device, error.what(), error.detail());
  }
}

Plugin load_plugin(const std::filesystem::path& file) {
  try {
    // A name without a slash would be looked for where libraries are.
    return host_plugin(table_of(std::filesystem::absolute(file).string()));
  } catch (const Error& error) {
    throw Error(Error::Kind::device, file.string() + ": " + error.what(), error.detail());
  }
}

}  // namespace assay::plugin
