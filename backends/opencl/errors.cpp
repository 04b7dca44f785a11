#include "backends/opencl/errors.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "kernels/error.hpp"

namespace assay::opencl {
namespace {

using Name = std::pair<cl_int, std::string_view>;
constexpr std::array names = {
    Name{0, "CL_SUCCESS"},
    Name{-1, "CL_DEVICE_NOT_FOUND"},
    Name{-2, "CL_DEVICE_NOT_AVAILABLE"},
    Name{-3, "CL_COMPILER_NOT_AVAILABLE"},
    Name{-4, "CL_MEM_OBJECT_ALLOCATION_FAILURE"},
    Name{-5, "CL_OUT_OF_RESOURCES"},
    Name{-6, "CL_OUT_OF_HOST_MEMORY"},
    Name{-7, "CL_PROFILING_INFO_NOT_AVAILABLE"},
    Name{-8, "CL_MEM_COPY_OVERLAP"},
    Name{-11, "CL_BUILD_PROGRAM_FAILURE"},
    Name{-12, "CL_MAP_FAILURE"},
    Name{-13, "CL_MISALIGNED_SUB_BUFFER_OFFSET"},
    Name{-14, "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST"},
    Name{-15, "CL_COMPILE_PROGRAM_FAILURE"},
    Name{-16, "CL_LINKER_NOT_AVAILABLE"},
    Name{-17, "CL_LINK_PROGRAM_FAILURE"},
    Name{-18, "CL_DEVICE_PARTITION_FAILED"},
    Name{-19, "CL_KERNEL_ARG_INFO_NOT_AVAILABLE"},
    Name{-30, "CL_INVALID_VALUE"},
    Name{-31, "CL_INVALID_DEVICE_TYPE"},
    Name{-32, "CL_INVALID_PLATFORM"},
    Name{-33, "CL_INVALID_DEVICE"},
    Name{-34, "CL_INVALID_CONTEXT"},
    Name{-35, "CL_INVALID_QUEUE_PROPERTIES"},
    Name{-36, "CL_INVALID_COMMAND_QUEUE"},
    Name{-37, "CL_INVALID_HOST_PTR"},
    Name{-38, "CL_INVALID_MEM_OBJECT"},
    Name{-42, "CL_INVALID_BINARY"},
    Name{-43, "CL_INVALID_BUILD_OPTIONS"},
    Name{-44, "CL_INVALID_PROGRAM"},
    Name{-45, "CL_INVALID_PROGRAM_EXECUTABLE"},
    Name{-46, "CL_INVALID_KERNEL_NAME"},
    Name{-47, "CL_INVALID_KERNEL_DEFINITION"},
    Name{-48, "CL_INVALID_KERNEL"},
    Name{-49, "CL_INVALID_ARG_INDEX"},
    Name{-50, "CL_INVALID_ARG_VALUE"},
    Name{-51, "CL_INVALID_ARG_SIZE"},
    Name{-52, "CL_INVALID_KERNEL_ARGS"},
    Name{-53, "CL_INVALID_WORK_DIMENSION"},
    Name{-54, "CL_INVALID_WORK_GROUP_SIZE"},
    Name{-55, "CL_INVALID_WORK_ITEM_SIZE"},
    Name{-56, "CL_INVALID_GLOBAL_OFFSET"},
    Name{-57, "CL_INVALID_EVENT_WAIT_LIST"},
    Name{-58, "CL_INVALID_EVENT"},
    Name{-59, "CL_INVALID_OPERATION"},
    Name{-61, "CL_INVALID_BUFFER_SIZE"},
    Name{-63, "CL_INVALID_GLOBAL_WORK_SIZE"},
    Name{-64, "CL_INVALID_PROPERTY"},
    Name{-66, "CL_INVALID_COMPILER_OPTIONS"},
    Name{-67, "CL_INVALID_LINKER_OPTIONS"},
    Name{-1001, "CL_PLATFORM_NOT_FOUND_KHR"},
};

}  // namespace

std::string error_name(cl_int code) {
  const auto found = std::ranges::find(names, code, &Name::first);
  const std::string_view name = found == names.end() ? "OpenCL error" : found->second;
  return std::string(name) + " (" + std::to_string(code) + ")";
}

void check(cl_int code, std::string_view function) {
  if (code == CL_SUCCESS) return;
  const bool memory = code == CL_MEM_OBJECT_ALLOCATION_FAILURE || code == CL_OUT_OF_HOST_MEMORY ||
                      code == CL_INVALID_BUFFER_SIZE;
  throw Error(memory ? Error::Kind::memory : Error::Kind::device,
              error_name(code) + " in " + std::string(function));
}

}  // namespace assay::opencl
