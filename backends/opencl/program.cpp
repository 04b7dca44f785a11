#include "backends/opencl/program.hpp"

#include <vector>

#include "backends/opencl/program_cache.hpp"
#include "kernels/error.hpp"

namespace assay::opencl {
namespace {

std::string build_log(const Session& session, cl_program program) {
  std::size_t size = 0;
  const auto get = session.api.clGetProgramBuildInfo;
  if (get(program, session.device, CL_PROGRAM_BUILD_LOG, 0, nullptr, &size) != CL_SUCCESS)
    return {};
  std::string log(size, '\0');
  if (get(program, session.device, CL_PROGRAM_BUILD_LOG, size, log.data(), nullptr) != CL_SUCCESS) {
    return {};
  }
  while (!log.empty() && (log.back() == '\0' || log.back() == '\n')) log.pop_back();
  return log;
}

std::vector<unsigned char> binary_of(const Session& session, cl_program program) {
  std::size_t size = 0;
  const auto get = session.api.clGetProgramInfo;
  if (get(program, CL_PROGRAM_BINARY_SIZES, sizeof size, &size, nullptr) != CL_SUCCESS) return {};
  std::vector<unsigned char> binary(size);
  unsigned char* data = binary.data();
  if (get(program, CL_PROGRAM_BINARIES, sizeof data, static_cast<void*>(&data), nullptr) !=
      CL_SUCCESS)
    return {};
  return binary;
}

// Null if the driver doesn't take the binary.
Handle<cl_program> from_binary(const Session& session, const std::vector<unsigned char>& binary,
                               const std::string& options) {
  const std::size_t size = binary.size();
  const unsigned char* data = binary.data();
  cl_int status = CL_SUCCESS;
  cl_int code = CL_SUCCESS;
  Handle<cl_program> program(
      session.api.clCreateProgramWithBinary(session.context.get(), 1, &session.device, &size, &data,
                                            &status, &code),
      {session.api.clReleaseProgram});
  if (code != CL_SUCCESS || status != CL_SUCCESS) return {nullptr, {session.api.clReleaseProgram}};
  code = session.api.clBuildProgram(program.get(), 1, &session.device, options.c_str(), nullptr,
                                    nullptr);
  if (code != CL_SUCCESS) return {nullptr, {session.api.clReleaseProgram}};
  return program;
}

Handle<cl_program> from_source(const Session& session, const Source& source,
                               const std::string& options) {
  const char* text = source.text.data();
  const std::size_t size = source.text.size();
  cl_int code = CL_SUCCESS;
  Handle<cl_program> program(
      session.api.clCreateProgramWithSource(session.context.get(), 1, &text, &size, &code),
      {session.api.clReleaseProgram});
  check(code, "clCreateProgramWithSource");
  code = session.api.clBuildProgram(program.get(), 1, &session.device, options.c_str(), nullptr,
                                    nullptr);
  if (code != CL_SUCCESS) {
    throw Error(Error::Kind::program,
                "can't compile " + std::string(source.name) + " for " + session.info.name + ": " +
                    error_name(code) + " in clBuildProgram",
                options + "\n" + build_log(session, program.get()));
  }
  return program;
}

}  // namespace

Options& Options::define(std::string_view name, std::string_view value) {
  definitions_.append(" -D").append(name).append("=").append(value);
  return *this;
}

Handle<cl_program> compile_program(const Session& session, const Source& source,
                                   const Options& options) {
  return from_source(session, source, options.text());
}

Handle<cl_program> build_program(const Session& session, const Source& source,
                                 const Options& options) {
  const std::string text = options.text();
  if (!session.caches_programs) return from_source(session, source, text);
  const auto folder = program_cache_folder();
  if (folder.empty()) return from_source(session, source, text);
  std::string key;
  for (const std::string_view part :
       {std::string_view(session.info.platform), std::string_view(session.info.name),
        std::string_view(session.info.driver), std::string_view(session.info.isa),
        std::string_view(text), source.text}) {
    key.append(part).push_back('\n');
  }
  const auto file = program_cache_file(folder, key);
  if (const auto binary = read_program(file)) {
    if (auto program = from_binary(session, *binary, text)) return program;
  }
  auto program = from_source(session, source, text);
  if (const auto binary = binary_of(session, program.get()); !binary.empty()) {
    write_program(file, binary);
  }
  return program;
}

Handle<cl_kernel> make_kernel(const Session& session, cl_program program, const char* name) {
  cl_int code = CL_SUCCESS;
  cl_kernel kernel = session.api.clCreateKernel(program, name, &code);
  check(code, "clCreateKernel");
  return {kernel, {session.api.clReleaseKernel}};
}

void set_argument(const Session& session, cl_kernel kernel, cl_uint index,
                  std::span<const std::byte> value) {
  check(session.api.clSetKernelArg(kernel, index, value.size(), value.data()), "clSetKernelArg");
}

}  // namespace assay::opencl
