#include "backends/opencl/matmul_plan.hpp"

#include <gmock/gmock.h>

#include "backends/opencl/matmul_tiles.hpp"

namespace assay::opencl {
namespace {

using testing::Optional;

TEST(PackedVariant, SaysItsConfiguration) {
  const PackedConfig config{12, 2, 96, 256, 512};
  EXPECT_EQ(to_variant(config), "packed-12x2-96x256-512");
  EXPECT_THAT(parse_packed("packed-12x2-96x256-512"), Optional(config));
}

TEST(PackedVariant, RefusesWhatDoesNotFit) {
  for (const char* text :
       {"packed", "packed-", "packed-8x2", "packed-8x2-128x256-256x", "packed-8x2-128x256-256-1",
        "packed-0x2-128x256-256", "packed-8x5-128x256-256", "packed-8x2-130x256-256",
        "packed-8x2-128x250-256", "packed-8x2-128x256-100", "packed-99x2-990x256-256",
        "tiled-8x2-128x256-256", "packed--8x2-128x256-256"}) {
    EXPECT_EQ(parse_packed(text), std::nullopt) << text;
  }
}

TEST(TiledVariant, SaysItsConfiguration) {
  const TiledConfig config{128, 64, 16, 8, 4};
  EXPECT_EQ(to_variant(config), "tiled-128x64x16-8x4");
  EXPECT_THAT(parse_tiled("tiled-128x64x16-8x4"), Optional(config));
  EXPECT_EQ(config.items(), 256U);
  EXPECT_EQ(config.local_bytes(), 2U * 16 * (128 + 4 + 64) * 4);
}

TEST(TiledVariant, RefusesWhatDoesNotFit) {
  for (const char* text : {"tiled", "tiled-128x128x16", "tiled-128x128x16-8x3",
                           "tiled-100x128x16-8x8", "tiled-128x128x12-8x8", "tiled-512x64x16-8x8",
                           "tiled-256x256x16-4x4", "tiled-128x128x16-8x8 "}) {
    EXPECT_EQ(parse_tiled(text), std::nullopt) << text;
  }
}

TEST(SplitK, LeavesLargeProductsWhole) {
  EXPECT_EQ(split_k(4096, 100, 8, 64).count, 1);
  EXPECT_EQ(split_k(4096, 100, 8, 64).k_part, 4096);
  EXPECT_EQ(split_k(0, 1, 8, 64).count, 1);
  EXPECT_EQ(split_k(1000, 1, 8, 64).count, 1) << "not worth it";
}

TEST(SplitK, CoversEveryStepOnce) {
  for (const std::int64_t k : {1024, 1025, 5000, 6001, 100000}) {
    for (const std::int64_t groups : {1, 3, 7}) {
      for (const std::int64_t multiple : {8, 64, 256, 1024}) {
        const Splits splits = split_k(k, groups, 16, multiple);
        EXPECT_GE(splits.count * splits.k_part, k);
        EXPECT_LT((splits.count - 1) * splits.k_part, k) << "a part without work";
        if (splits.count > 1) {
          EXPECT_EQ(splits.k_part % multiple, 0);
        }
      }
    }
  }
}

}  // namespace
}  // namespace assay::opencl
