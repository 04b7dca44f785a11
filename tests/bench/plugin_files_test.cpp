#include "bench/plugin_files.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "kernels/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

class PluginFiles : public testing::Test {
 protected:
  PluginFiles() {
    fs::create_directories(root_ / "a");
    fs::create_directories(root_ / "b");
    for (const char* name : {"a/z.so", "a/c.so", "a/readme.txt", "a/lib.so.1", "b/c.so"}) {
      std::ofstream(root_ / name) << "x";
    }
  }
  [[nodiscard]] std::string at(const char* name) const { return (root_ / name).string(); }

  const TemporaryFolder temporary_;
  const fs::path root_ = temporary_.path();
};

TEST_F(PluginFiles, NamedOnesComeFirstThenFoldersInOrder) {
  EXPECT_THAT(plugin_files({at("b/c.so")}, at("a") + "::" + at("b")),
              ElementsAre(at("b/c.so"), at("a/c.so"), at("a/z.so")));
  EXPECT_THAT(plugin_files({}, ""), IsEmpty());
}

TEST_F(PluginFiles, OneFileUnderTwoNamesIsOne) {
  EXPECT_THAT(plugin_files({at("a/c.so"), at("b/../a/c.so")}, ""), ElementsAre(at("a/c.so")));
}

TEST_F(PluginFiles, AFileThatWasNamedMustExist) {
  EXPECT_THAT([&] { (void)plugin_files({at("a/none.so")}, ""); },
              ThrowsMessage<Error>(HasSubstr("none.so: no such file")));
}

TEST_F(PluginFiles, AFolderThatIsMissingStandsForItself) {
  EXPECT_THAT(plugin_files({}, at("none")), ElementsAre(at("none")));
}

}  // namespace
}  // namespace assay
