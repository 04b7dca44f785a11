#include "kernels/attention_reference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "kernels/attention.hpp"
#include "kernels/parallel.hpp"
#include "kernels/selection.hpp"

namespace assay {
namespace {

constexpr std::int64_t token_block = 256;  // keys or values converted at a time

// A query row and the part of the selection that lies in it.
struct Row {
  std::int64_t head = 0;  // over batch and heads
  std::int64_t i = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
};

// The rows of one KV head that are computed together, so that its tokens are converted once.
struct Job {
  std::int64_t kv_head = 0;  // over batch and KV heads
  std::vector<Row> rows;
};

struct RowState {
  std::vector<double> query;
  std::vector<double> p;       // probabilities
  std::vector<double> spread;  // S_j of attention.hpp
  std::vector<double> value, largest, squares, sensitivity;
};

class HeadReference {
 public:
  HeadReference(const Problem& problem, ConstTensorData tensors, const AttentionShape& shape,
                std::int64_t kv_head)
      : problem_(problem), tensors_(tensors), s_(shape), kv_head_(kv_head) {
    block_.resize(static_cast<std::size_t>(token_block * s_.d));
  }

  RowState start(const Row& row) const {
    const auto d = static_cast<std::size_t>(s_.d);
    RowState state;
    state.query.resize(d);
    load_row(s_.dtype, tensors_[0].data(), (row.head * s_.q + row.i) * s_.d, state.query);
    state.p.resize(static_cast<std::size_t>(s_.visible(row.i)));
    state.spread.resize(state.p.size());
    state.value.assign(d, 0);
    state.largest.assign(d, 0);
    state.squares.assign(d, 0);
    state.sensitivity.assign(d, 0);
    return state;
  }

  // Calls each(state, j, token) for every row and every token that it sees.
  template <typename Each>
  void over_tokens(std::size_t tensor, std::string_view scale, std::span<RowState> rows,
                   const Each& each) {
    std::size_t most = 0;
    for (const RowState& row : rows) most = std::max(most, row.p.size());
    const auto d = static_cast<std::size_t>(s_.d);
    for (std::size_t first = 0; first < most; first += token_block) {
      const std::size_t count = std::min<std::size_t>(token_block, most - first);
      convert(tensor, scale, static_cast<std::int64_t>(first), static_cast<std::int64_t>(count));
      for (RowState& row : rows) {
        const std::size_t end = std::min(first + count, row.p.size());
        for (std::size_t j = first; j < end; ++j) each(row, j, block_.data() + (j - first) * d);
      }
    }
  }

 private:
  void convert(std::size_t tensor, std::string_view scale, std::int64_t first, std::int64_t count) {
    const std::int64_t token = kv_head_ * s_.kv + first;
    load_row(s_.kv_dtype, tensors_[tensor].data(), token * s_.d,
             std::span(block_).first(static_cast<std::size_t>(count * s_.d)));
    if (s_.kv_dtype != DType::s8) return;
    const std::byte* scales = tensors_[problem_.index(scale)].data();
    for (std::int64_t t = 0; t < count; ++t) {
      const double factor = load(DType::f32, scales, token + t);
      for (std::int64_t c = 0; c < s_.d; ++c) {
        block_[static_cast<std::size_t>(t * s_.d + c)] *= factor;
      }
    }
  }

  const Problem& problem_;
  ConstTensorData tensors_;
  const AttentionShape& s_;
  std::int64_t kv_head_;
  std::vector<double> block_;
};

void softmax(std::vector<double>& logits) {
  double largest = -std::numeric_limits<double>::infinity();
  for (const double each : logits) largest = std::max(largest, each);
  double sum = 0;
  for (double& each : logits) sum += each = std::exp(each - largest);
  for (double& each : logits) each /= sum;
}

void compute(const Problem& problem, ConstTensorData tensors, const AttentionShape& s,
             const Job& job, std::span<const std::int64_t> selection, std::span<Expected> out) {
  HeadReference head(problem, tensors, s, job.kv_head);
  std::vector<RowState> rows;
  for (const Row& row : job.rows) rows.push_back(head.start(row));
  const auto d = static_cast<std::size_t>(s.d);
  const double scale = 1.0 / std::sqrt(static_cast<double>(s.d));
  head.over_tokens(1, "k_scale", rows, [&](RowState& row, std::size_t j, const double* key) {
    double sum = 0;
    double squares = 0;
    for (std::size_t c = 0; c < d; ++c) {
      const double product = row.query[c] * key[c];
      sum += product;
      squares += product * product;
    }
    row.p[j] = scale * sum;
    row.spread[j] = scale * std::sqrt(squares);
  });
  for (RowState& row : rows) softmax(row.p);
  head.over_tokens(2, "v_scale", rows, [&](RowState& row, std::size_t j, const double* value) {
    for (std::size_t c = 0; c < d; ++c) {
      const double term = row.p[j] * value[c];
      row.value[c] += term;
      row.squares[c] += term * term;
      row.largest[c] = std::max(row.largest[c], std::abs(row.value[c]));
    }
  });
  head.over_tokens(2, "v_scale", rows, [&](RowState& row, std::size_t j, const double* value) {
    const double weight = row.p[j] * row.spread[j];
    for (std::size_t c = 0; c < d; ++c) {
      row.sensitivity[c] += weight * std::abs(value[c] - row.value[c]);
    }
  });
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t e = job.rows[r].begin; e < job.rows[r].end; ++e) {
      const auto c = static_cast<std::size_t>(selection[e] % s.d);
      const double sums = rows[r].largest[c] + 3 * std::sqrt(rows[r].squares[c]);
      out[e] = {rows[r].value[c], sums, rows[r].sensitivity[c]};
    }
  }
}

std::vector<Job> jobs_of(const AttentionShape& s, std::span<const std::int64_t> selection) {
  // As many rows as share a conversion, as few as keep the scores of a job within 32 MiB.
  const auto most =
      static_cast<std::size_t>(std::clamp<std::int64_t>((std::int64_t{1} << 21) / s.kv, 1, 64));
  std::map<std::int64_t, std::vector<Row>> by_head;
  for (std::size_t begin = 0; begin < selection.size();) {
    const std::int64_t row = selection[begin] / s.d;
    std::size_t end = begin;
    while (end < selection.size() && selection[end] / s.d == row) ++end;
    const std::int64_t head = row / s.q;
    const std::int64_t kv_head = head / s.heads * s.kv_heads + head % s.heads / s.group();
    by_head[kv_head].push_back({head, row % s.q, begin, end});
    begin = end;
  }
  std::vector<Job> jobs;
  for (const auto& [kv_head, rows] : by_head) {
    for (std::size_t first = 0; first < rows.size(); first += most) {
      const std::size_t last = std::min(rows.size(), first + most);
      jobs.push_back({kv_head,
                      {rows.begin() + static_cast<std::ptrdiff_t>(first),
                       rows.begin() + static_cast<std::ptrdiff_t>(last)}});
    }
  }
  return jobs;
}

}  // namespace

void reference_attention(const Problem& problem, ConstTensorData tensors,
                         std::span<const std::int64_t> selection, std::span<Expected> out) {
  const AttentionShape s = attention_shape(problem);
  const std::vector<Job> jobs = jobs_of(s, selection);
  parallel_for(static_cast<std::int64_t>(jobs.size()), 1,
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t j = begin; j < end; ++j) {
                   compute(problem, tensors, s, jobs[static_cast<std::size_t>(j)], selection, out);
                 }
               });
}

}  // namespace assay
