// Calls of a plugin's functions whose every failure is an Error.
#pragma once

#include <memory>
#include <string>

#include "backends/plugin/abi.h"
#include "backends/plugin/convert.hpp"
#include "kernels/error.hpp"

namespace assay::plugin {

// What the plugin says of the call that just failed with `code`.
[[nodiscard]] Error failure(const assay_plugin& api, const char* function, std::int32_t code);
// "plugin threads: open() returned no handle"
[[nodiscard]] Error violation(const assay_plugin& api, const char* function,
                              const std::string& what);

template <class... Parameters, class... Arguments>
void call(const assay_plugin& api, const char* function, std::int32_t (*pointer)(Parameters...),
          Arguments... arguments) {
  std::int32_t code = ASSAY_OK;
  try {
    code = pointer(arguments...);
  } catch (const std::exception& error) {
    throw violation(api, function, "let an exception escape: " + one_line(error.what()));
  } catch (...) {
    throw violation(api, function, "let something escape that is no exception");
  }
  if (code != ASSAY_OK) throw failure(api, function, code);
}

template <class Object>
using Handle = std::unique_ptr<Object, void (*)(Object*)>;

// A call whose last parameter is the handle that it makes.
template <class Object, class... Parameters, class... Arguments>
Handle<Object> make(const assay_plugin& api, const char* function,
                    std::int32_t (*pointer)(Parameters...), void (*release)(Object*),
                    Arguments... arguments) {
  Object* object = nullptr;
  call(api, function, pointer, arguments..., &object);
  if (object == nullptr) throw violation(api, function, "returned no handle");
  return {object, release};
}

}  // namespace assay::plugin
