#include "backends/onednn/module.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>
#include <string>

#include "backends/onednn/onednn.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::ThrowsMessage;

std::string loaded_files() {
  std::ostringstream text;
  text << std::ifstream("/proc/self/maps").rdbuf();
  return text.str();
}

// This program doesn't link oneDNN, so what is loaded is the module's doing.
TEST(OnednnModule, IsLoadedByEnumerateAndNotBefore) {
  const auto backend = make_onednn();
  EXPECT_EQ(backend->name(), "onednn");
  EXPECT_THAT(loaded_files(), Not(HasSubstr("libdnnl")));
  const Enumeration found = backend->enumerate("");
  EXPECT_THAT(found.unavailable, IsEmpty());
  ASSERT_THAT(found.devices, SizeIs(1));
  EXPECT_THAT(loaded_files(), HasSubstr("libdnnl"));
  const auto device = backend->open(found.devices.front().ordinal);
  EXPECT_TRUE(device->supports(parse_problem("matmul/dtype:f32/m:5/n:6/k:7"), ""));
}

TEST(OnednnModule, ErrorsCrossItsBorder) {
  const auto backend = make_onednn();
  EXPECT_THAT([&] { (void)backend->open("1"); }, ThrowsMessage<Error>(HasSubstr("no device '1'")));
}

// An empty directory, two levels deep so that nothing lies in what ../.. reaches.
class ProgramDirectory {
 public:
  ProgramDirectory() { std::filesystem::create_directories(path()); }
  ProgramDirectory(const ProgramDirectory&) = delete;
  ProgramDirectory& operator=(const ProgramDirectory&) = delete;
  [[nodiscard]] std::filesystem::path path() const { return root_.path() / "a" / "b"; }

 private:
  const TemporaryFolder root_;
};

TEST(OnednnModule, SaysThatItIsMissing) {
  const ProgramDirectory empty;
  EXPECT_THAT([&] { (void)onednn::load_module(empty.path()); },
              ThrowsMessage<Error>(
                  HasSubstr("its module libassay_onednn.so is missing: it is neither beside")));
}

TEST(OnednnModule, SaysWhyItCantBeLoaded) {
  const ProgramDirectory directory;
  std::ofstream(directory.path() / onednn::module_file) << "no shared object";
  EXPECT_THAT([&] { (void)onednn::load_module(directory.path()); },
              ThrowsMessage<Error>(HasSubstr("libassay_onednn.so: ")));
}

}  // namespace
}  // namespace assay
