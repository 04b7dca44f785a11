#include "backends/opencl/matmul_tuning.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "backends/opencl/family.hpp"
#include "backends/opencl/matmul.hpp"
#include "backends/opencl/matmul_plan.hpp"
#include "backends/opencl/matmul_tiles.hpp"
#include "backends/opencl/tuning_key.hpp"

namespace assay::opencl {
namespace {

// Few rows have kernels without a choice.
constexpr std::int64_t few_rows = 16;
// Below so many rows a product is narrow.
constexpr std::int64_t narrow = 128;

void add_if_new(std::vector<std::string>& variants, std::string variant) {
  if (std::ranges::find(variants, variant) == variants.end()) {
    variants.push_back(std::move(variant));
  }
}

void add(std::vector<std::string>& variants, const PackedConfig& config) {
  std::string variant = to_variant(config);
  if (parse_packed(variant)) add_if_new(variants, std::move(variant));
}

void add(std::vector<std::string>& variants, const Session& session, const TiledConfig& config) {
  std::string variant = to_variant(config);
  const bool runs = parse_tiled(variant).has_value() &&
                    config.items() <= session.limits.work_group &&
                    config.local_bytes() <= session.limits.local_memory;
  if (runs) add_if_new(variants, std::move(variant));
}

// Lists are short, since each entry costs a compilation: what they leave out is near what they have.
std::vector<std::string> curated_packed() {
  std::vector<std::string> variants;
  // Tiles that fill 32 registers or 16, then blocks that fill caches.
  for (const auto& [mr, nv] : {std::pair{8, 2}, std::pair{12, 2}, std::pair{14, 2},
                               std::pair{10, 2}, std::pair{6, 4}, std::pair{4, 2}}) {
    add(variants, PackedConfig{mr, nv, 128 / mr * mr, 256, 256});
  }
  for (const auto& [mb, nb, kb] : {std::array{128, 256, 512}, std::array{64, 256, 512},
                                   std::array{192, 512, 256}, std::array{256, 128, 512}}) {
    add(variants, PackedConfig{8, 2, mb, nb, kb});
  }
  return variants;
}

std::vector<std::string> near_packed(const PackedConfig& best) {
  std::vector<std::string> variants;
  const auto with = [&](auto change) {
    PackedConfig config = best;
    change(config);
    config.mb = std::max(config.mb / config.mr, 1) * config.mr;
    add(variants, config);
  };
  for (const int step : {-2, -1, 1, 2}) with([&](PackedConfig& c) { c.mr += step; });
  with([](PackedConfig& c) { c.mb *= 2; });
  with([](PackedConfig& c) { c.mb /= 2; });
  with([](PackedConfig& c) { c.nb *= 2; });
  with([](PackedConfig& c) { c.nb /= 2; });
  with([](PackedConfig& c) { c.kb *= 2; });
  with([](PackedConfig& c) { c.kb /= 2; });
  return variants;
}

std::vector<std::string> curated_tiled(const Session& session) {
  std::vector<std::string> variants;
  for (const auto& [tm, tn] : {std::pair{128, 128}, std::pair{128, 64}, std::pair{64, 128},
                               std::pair{64, 64}, std::pair{32, 64}, std::pair{256, 64}}) {
    for (const auto& [rm, rn] :
         {std::pair{8, 8}, std::pair{4, 8}, std::pair{8, 4}, std::pair{4, 4}}) {
      const TiledConfig config{tm, tn, 16, rm, rn};
      if (config.items() >= 64 && config.items() <= 256) add(variants, session, config);
    }
  }
  return variants;
}

std::vector<std::string> near_tiled(const Session& session, const TiledConfig& best) {
  std::vector<std::string> variants;
  const auto with = [&](auto change) {
    TiledConfig config = best;
    change(config);
    add(variants, session, config);
  };
  with([](TiledConfig& c) { c.tm *= 2; });
  with([](TiledConfig& c) { c.tm /= 2; });
  with([](TiledConfig& c) { c.tn *= 2; });
  with([](TiledConfig& c) { c.tn /= 2; });
  with([](TiledConfig& c) { c.tk *= 2; });
  with([](TiledConfig& c) { c.tk /= 2; });
  with([](TiledConfig& c) { c.rm = 12 - c.rm; });
  with([](TiledConfig& c) { c.rn = 12 - c.rn; });
  return variants;
}

void add(std::vector<std::string>& variants, const FragmentConfig& config) {
  std::string variant = to_variant(config);
  if (parse_fragment(variant)) add_if_new(variants, std::move(variant));
}

std::vector<std::string> curated_fragment() {
  std::vector<std::string> variants;
  for (const auto& [tm, tn, gm, gn] :
       {std::array{128, 128, 2, 2}, std::array{128, 128, 2, 4}, std::array{128, 256, 2, 4},
        std::array{256, 128, 4, 2}, std::array{128, 64, 2, 1}, std::array{64, 128, 1, 2},
        std::array{128, 64, 2, 2}, std::array{64, 64, 2, 2}, std::array{64, 64, 1, 1}}) {
    add(variants, FragmentConfig{tm, tn, gm, gn, 3});
  }
  for (const int stages : {4, 2}) add(variants, FragmentConfig{128, 128, 2, 2, stages});
  return variants;
}

std::vector<std::string> near_fragment(const FragmentConfig& best) {
  std::vector<std::string> variants;
  const auto with = [&](auto change) {
    FragmentConfig config = best;
    change(config);
    add(variants, config);
  };
  with([](FragmentConfig& c) { c.stages += 1; });
  with([](FragmentConfig& c) { c.stages -= 1; });
  with([](FragmentConfig& c) { std::swap(c.groups_m, c.groups_n); });
  with([](FragmentConfig& c) { std::swap(c.tm, c.tn), std::swap(c.groups_m, c.groups_n); });
  with([](FragmentConfig& c) { c.groups_n *= 2; });
  with([](FragmentConfig& c) { c.groups_m *= 2; });
  return variants;
}

}  // namespace

std::string matmul_tuning_key(const Session& session, const MatmulShape& s) {
  if (choose_family(session, "") == Family::packed) return matmul_tuning_key(session, s, "packed");
  const bool matrix = fragment_path(session, s) != nullptr;
  return matmul_tuning_key(session, s, matrix ? "fragment" : "tiled");
}

std::string matmul_tuning_key(const Session& session, const MatmulShape& s,
                              std::string_view family) {
  if (s.m <= few_rows) return {};
  std::string problems = "matmul ";
  problems.append(family).append(" ").append(name(s.dtype)).append(" x ").append(name(s.weights));
  problems += s.m <= narrow ? " narrow" : " wide";
  return tuning_key(session, problems);
}

std::vector<std::string> matmul_candidates(const Session& session, const MatmulShape& s,
                                           std::string_view best) {
  if (matmul_tuning_key(session, s).empty()) return {};
  const bool packed = choose_family(session, "") == Family::packed;
  if (!packed && fragment_path(session, s) != nullptr) {
    const auto config = parse_fragment(best);
    return config ? near_fragment(*config) : curated_fragment();
  }
  if (best.empty()) return packed ? curated_packed() : curated_tiled(session);
  if (const auto config = parse_packed(best)) return near_packed(*config);
  if (const auto config = parse_tiled(best)) return near_tiled(session, *config);
  return {};
}

}  // namespace assay::opencl
