// CLBlast's C interface, opened at run time.
#pragma once

#include <clblast_c.h>

#include <string>
#include <string_view>

namespace assay::clblast {

struct Library {
  std::string failure;  // why it couldn't be opened; then the functions are null
  std::string version;  // of the file that was opened, "1.5.3"; empty if its name doesn't tell

  decltype(&CLBlastSgemmWithTempBuffer) sgemm = nullptr;
  decltype(&CLBlastHgemmWithTempBuffer) hgemm = nullptr;
  decltype(&CLBlastSGemmTempBufferSize) sgemm_temp_size = nullptr;
  decltype(&CLBlastHGemmTempBufferSize) hgemm_temp_size = nullptr;
  decltype(&CLBlastSgemmStridedBatched) sgemm_batched = nullptr;
  decltype(&CLBlastHgemmStridedBatched) hgemm_batched = nullptr;
  decltype(&CLBlastSgemv) sgemv = nullptr;
  decltype(&CLBlastHgemv) hgemv = nullptr;
};

// `file` is what dlopen takes. Never closed: it keeps compiled programs until the process ends.
[[nodiscard]] Library open_library(const char* file);

// The one of this process, libclblast.so.1.
[[nodiscard]] const Library& library();

// Throws an Error with CLBlast's or OpenCL's code unless it is success.
void check(CLBlastStatusCode code, std::string_view function);

}  // namespace assay::clblast
