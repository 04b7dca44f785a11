// Programs compiled for one device, through the cache on disk.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "backends/opencl/session.hpp"
#include "backends/opencl/sources.hpp"

namespace assay::opencl {

// -D definitions that shape a kernel.
class Options {
 public:
  Options& define(std::string_view name, std::string_view value);
  Options& define(std::string_view name, std::integral auto value) {
    return define(name, std::string_view(std::to_string(value)));
  }
  // Everything that the other defines, too.
  Options& add(const Options& other) {
    definitions_ += other.definitions_;
    return *this;
  }
  [[nodiscard]] std::string text() const { return "-cl-std=CL1.2" + definitions_; }

 private:
  std::string definitions_;
};

// Without the cache: for programs that are used once. A device Error whose detail is the compiler's log
// if the source doesn't compile.
[[nodiscard]] Handle<cl_program> compile_program(const Session& session, const Source& source,
                                                 const Options& options);

// Through the cache; otherwise the same.
[[nodiscard]] Handle<cl_program> build_program(const Session& session, const Source& source,
                                               const Options& options);

[[nodiscard]] Handle<cl_kernel> make_kernel(const Session& session, cl_program program,
                                            const char* name);

void set_argument(const Session& session, cl_kernel kernel, cl_uint index,
                  std::span<const std::byte> value);

// Sets all arguments in order: cl_mem or numbers of the kernel's types.
template <typename... Arguments>
  requires(std::is_trivially_copyable_v<Arguments> && ...)
void set_arguments(const Session& session, cl_kernel kernel, const Arguments&... arguments) {
  cl_uint index = 0;
  (set_argument(session, kernel, index++, std::as_bytes(std::span(&arguments, 1))), ...);
}

}  // namespace assay::opencl
