// The OpenCL C sources, embedded at build time with their includes resolved.
#pragma once

#include <string_view>

namespace assay::opencl {

struct Source {
  std::string_view name;  // of the file
  std::string_view text;
};

extern const Source alu_cl;
extern const Source alu_matrix_cl;
extern const Source attention_decode_cl;
extern const Source attention_fragment_cl;
extern const Source attention_lanes_cl;
extern const Source attention_packed_cl;
extern const Source attention_tiled_cl;
extern const Source matmul_direct_cl;
extern const Source matmul_fragment_cl;
extern const Source matmul_pack_cl;
extern const Source matmul_pack_lanes_cl;
extern const Source matmul_packed_cl;
extern const Source matmul_pad_cl;
extern const Source matmul_rows_cl;
extern const Source matmul_splits_cl;
extern const Source matmul_tiled_cl;
extern const Source probe_fragment_cl;
extern const Source probe_tile_cl;
extern const Source stream_cl;

}  // namespace assay::opencl
