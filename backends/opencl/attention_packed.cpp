// Flash attention of the packed family: two kernels that bring keys and values into the order of
// the tile multiply-accumulate, and one over blocks of queries.
#include <algorithm>

#include "backends/opencl/attention_plan.hpp"
#include "backends/opencl/family.hpp"
#include "backends/opencl/probe.hpp"

namespace assay::opencl {
namespace {

constexpr std::int64_t key_block = 64;
constexpr std::int64_t value_chunk = 64;  // rows of values that a work-item packs
constexpr std::int64_t unit_bytes = 4;

// How the kernel cuts the problem; see attention_packed.cl.
struct Blocking {
  const InstructionPath* path = nullptr;       // null: plain
  std::int64_t vector = 0, k_unit = 1;         // lanes; elements of a unit
  std::int64_t mr = 0, vectors = 2;            // rows and vectors of a register tile
  std::int64_t most_rows = 0, block = 0;       // of a work-group: at most, now
  std::int64_t key_panels = 0, key_units = 0;  // of a head
  bool values_packed = true;
  std::int64_t value_rows = 0, value_units = 0;  // of a head
};

// Rows of the register tile: accumulators, one row of the other operand and a broadcast fill the
// registers, 32 of 16 floats, 16 of 8 or 4.
std::int64_t register_rows(std::int64_t vector, std::int64_t rows) {
  for (const std::int64_t few : {1, 2, 4}) {
    if (rows <= few) return few;
  }
  if (vector < 16) return 6;
  return rows <= 8 ? 8 : 12;
}

Blocking choose_blocking(const Session& session, const AttentionShape& s) {
  Blocking b;
  b.path = pair_instruction(session, s.dtype);
  b.k_unit = b.path == nullptr ? 1 : b.path->k_unit;
  b.vector = session.limits.vector_width;
  const std::int64_t rows = rows_of(s);
  b.mr = register_rows(b.vector, rows);
  // More rows share each block of keys, fewer leave more work-groups and stay in the cache.
  b.most_rows = 48;
  b.block = std::min(b.most_rows, b.mr * ceil_div(rows, b.mr));
  const std::int64_t heads = s.batch * s.kv_heads;
  while (b.block > 2 * b.mr && heads * ceil_div(rows, b.block) < enough_groups(session)) {
    b.block = b.mr * ceil_div(b.block / 2, b.mr);
  }
  const std::int64_t panel = b.vectors * b.vector;
  b.key_panels = ceil_div(s.kv, panel);
  b.key_units = b.key_panels * panel * ceil_div(s.d, b.k_unit);
  // Values of f32 lie as the kernel wants them.
  b.values_packed = b.k_unit != 1 || s.kv_dtype != DType::f32 || s.d % b.vector != 0;
  b.value_rows = ceil_div(s.kv, b.k_unit);
  b.value_units = b.value_rows * ceil_div(s.d, b.vector) * b.vector;
  return b;
}

std::size_t scratch_bytes(const AttentionShape& s, std::int64_t units_of_a_head) {
  return static_cast<std::size_t>(s.batch * s.kv_heads * units_of_a_head * unit_bytes);
}

class PackedAttention final : public Prepared {
 public:
  PackedAttention(const Session& session, const Problem& problem)
      : session_(session),
        problem_(problem),
        shape_(attention_shape(problem)),
        blocking_(choose_blocking(session, shape_)),
        program_(build_program(session, attention_packed_cl, options())),
        keys_(session, scratch_bytes(shape_, blocking_.key_units)) {
    if (blocking_.values_packed) {
      values_ = std::make_unique<Memory>(session, scratch_bytes(shape_, blocking_.value_units));
    }
  }

  [[nodiscard]] std::string implementation() const override {
    const std::string_view path = blocking_.path == nullptr ? "plain" : blocking_.path->name;
    return "packed_" + std::to_string(blocking_.mr) + "x" +
           std::to_string(blocking_.vectors * blocking_.vector) + ":" + std::string(path);
  }
  [[nodiscard]] std::string path() const override { return ceiling_path(blocking_.path); }

  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    const AttentionBuffers buffers(problem_, tensors);
    std::vector<Launch> launches;
    launches.push_back(pack_keys(buffers));
    if (values_) launches.push_back(pack_values(buffers));
    launches.push_back(attend(buffers));
    return std::make_unique<Launches>(std::move(launches), std::vector<std::unique_ptr<Memory>>{},
                                      problem_.bytes());
  }

 private:
  [[nodiscard]] Options options() const {
    Options options = attention_options(session_, shape_);
    if (blocking_.path != nullptr) {
      choose_path(options, *blocking_.path);
    } else {
      options.define("VW", blocking_.vector);
    }
    return options.define("MR", blocking_.mr)
        .define("NV", blocking_.vectors)
        .define("KB", key_block)
        .define("BR", blocking_.most_rows)
        .define("VALUE_CHUNK", value_chunk);
  }

  [[nodiscard]] std::size_t heads() const {
    return static_cast<std::size_t>(shape_.batch * shape_.kv_heads);
  }

  [[nodiscard]] Launch pack_keys(const AttentionBuffers& buffers) const {
    Launch launch{make_kernel(session_, program_.get(), "pack_keys"),
                  {static_cast<std::size_t>(blocking_.key_panels), heads(), 1},
                  {1, 1, 1}};
    set_arguments(session_, launch.kernel.get(), buffers.k, buffers.k_scale, keys_.get(),
                  static_cast<cl_int>(shape_.kv));
    return launch;
  }

  [[nodiscard]] Launch pack_values(const AttentionBuffers& buffers) const {
    const std::int64_t chunks = ceil_div(blocking_.value_rows, value_chunk);
    Launch launch{make_kernel(session_, program_.get(), "pack_values"),
                  {static_cast<std::size_t>(chunks), heads(), 1},
                  {1, 1, 1}};
    set_arguments(session_, launch.kernel.get(), buffers.v, buffers.v_scale, values_->get(),
                  static_cast<cl_int>(shape_.kv));
    return launch;
  }

  [[nodiscard]] Launch attend(const AttentionBuffers& buffers) const {
    Launch launch{
        make_kernel(session_, program_.get(), "attention_packed"),
        {static_cast<std::size_t>(ceil_div(rows_of(shape_), blocking_.block)),
         static_cast<std::size_t>(shape_.kv_heads), static_cast<std::size_t>(shape_.batch)},
        {1, 1, 1}};
    set_arguments(
        session_, launch.kernel.get(), buffers.q, keys_.get(), values_ ? values_->get() : buffers.v,
        buffers.out, static_cast<cl_int>(shape_.heads), static_cast<cl_int>(shape_.kv_heads),
        static_cast<cl_int>(shape_.q), static_cast<cl_int>(shape_.kv), attention_scale(shape_),
        static_cast<cl_int>(blocking_.block), static_cast<cl_ulong>(blocking_.key_units),
        static_cast<cl_ulong>(blocking_.value_units));
    return launch;
  }

  const Session& session_;
  Problem problem_;
  AttentionShape shape_;
  Blocking blocking_;
  Handle<cl_program> program_;
  // Of all bounds: they run one after the other.
  Memory keys_;
  std::unique_ptr<Memory> values_;
};

}  // namespace

const InstructionPath* pair_instruction(const Session& session, DType dtype) {
  if (dtype != DType::bf16 || session.limits.vector_width != 16) return nullptr;
  return session.probes->find(session, "x86.vdpbf16ps", DType::bf16);
}

std::string packed_attention_problem(const Session& session, const AttentionShape& shape) {
  if (few_rows(shape)) return {};
  const Blocking b = choose_blocking(session, shape);
  const auto bytes = scratch_bytes(shape, std::max(b.key_units, b.value_units));
  return too_large(session, "the packed copy of keys or values", static_cast<double>(bytes));
}

std::unique_ptr<Prepared> prepare_packed_attention(const Session& session, const Problem& problem) {
  return std::make_unique<PackedAttention>(session, problem);
}

}  // namespace assay::opencl
