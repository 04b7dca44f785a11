// Online softmax over a tile of scores whose rows are rows of memory.
#pragma once

#include <cstdint>

#include "kernels/dtype.hpp"

namespace assay::onednn {

struct ScoreTile {
  float* scores = nullptr;                // [rows, width] logits
  std::int64_t rows = 0, width = 0;       // width: a multiple of 16
  std::int64_t first = 0;                 // key 0 of the tile
  const std::int32_t* visible = nullptr;  // [rows]: row i sees keys below visible[i]
  float scale = 1;
  DType dtype = DType::f32;       // of the probabilities: f32 or bf16
  void* probabilities = nullptr;  // [rows, width]; may be `scores`
  float* highest = nullptr;       // [rows] highest score so far, not scaled yet
  float* sum = nullptr;           // [rows] sum of probabilities so far
  float* out = nullptr;           // [rows, d] unnormalised, is rescaled
  std::int64_t d = 0;
};

void update_score_tile(const ScoreTile& tile);
// Initial values of highest, sum and out.
void begin_rows(const ScoreTile& tile);
// Normalises and stores the rows to `to` [rows, d] in `dtype`; a row that saw no key gives 0.
void finish_rows(const ScoreTile& tile, DType dtype, std::byte* to);

}  // namespace assay::onednn
