#include "backends/guarded_memory.hpp"

#include <gmock/gmock.h>

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "backends/host.hpp"
#include "backends/reference/reference.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// Writes where it mustn't, out of the optimiser's sight.
void poke(std::byte* address) { *const_cast<volatile std::byte*>(address) = std::byte{0x11}; }

TEST(GuardedMemory, IsAlignedAndWritable) {
  for (const std::size_t size : {0U, 1U, 64U, 100U, 4096U, 5000U}) {
    const GuardedMemory memory(size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.data()) % 64, 0U) << size;
    for (std::size_t i = 0; i < size; ++i) poke(memory.data() + i);
    EXPECT_TRUE(memory.intact()) << size;
  }
}

TEST(GuardedMemory, SeesWhatIsWrittenNextToIt) {
  const GuardedMemory behind(100);
  poke(behind.data() + 100);
  EXPECT_FALSE(behind.intact());
  const GuardedMemory before(100);
  poke(before.data() - 1);
  EXPECT_FALSE(before.intact());
}

TEST(GuardedMemory, EndsWhoTouchesTheNextPage) {
  const GuardedMemory memory(128);
  EXPECT_DEATH(poke(memory.data() + 128), "");
}

TEST(GuardedMemory, TooMuchIsOutOfMemory) {
  try {
    const GuardedMemory memory(std::size_t{1} << 60U);
    ADD_FAILURE() << "2^60 bytes were given";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::memory);
  }
}

class WithGuardPages : public testing::Test {
 protected:
  WithGuardPages() { ::setenv("ASSAY_GUARD_PAGES", "1", 1); }
  ~WithGuardPages() override { ::unsetenv("ASSAY_GUARD_PAGES"); }
};

TEST_F(WithGuardPages, HostDevicesReportKernelsThatWriteOutside) {
  const auto device = make_reference()->open("0");
  const auto buffer = device->allocate(100);
  std::vector<std::byte> data(100);
  device->copy_in(*buffer, data);
  device->copy_out(*buffer, data);
  poke(host_data(*buffer) + 100);
  EXPECT_THAT([&] { device->copy_out(*buffer, data); },
              ThrowsMessage<Error>(HasSubstr("written just outside a buffer of 100 bytes")));
}

}  // namespace
}  // namespace assay
