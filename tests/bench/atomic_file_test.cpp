#include "bench/atomic_file.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "kernels/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class AtomicFile : public testing::Test {
 protected:
  [[nodiscard]] std::string path(const char* name) const { return (folder_ / name).string(); }
  [[nodiscard]] std::ptrdiff_t files() const {
    return std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
  }
  static std::string content(const std::string& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  const TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

TEST_F(AtomicFile, ReplacesTheWholeContentAndLeavesNothingElse) {
  write_file(path("a"), "a long first content", "all");
  write_file(path("a"), "second", "all");
  EXPECT_EQ(content(path("a")), "second");
  EXPECT_EQ(files(), 1);
}

TEST_F(AtomicFile, KeepsTheModeOfAnExistingFile) {
  write_file(path("a"), "1", "all");
  fs::permissions(path("a"), fs::perms(0640));
  write_file(path("a"), "2", "all");
  EXPECT_EQ(fs::status(path("a")).permissions(), fs::perms(0640));
}

TEST_F(AtomicFile, WritesThroughASymbolicLink) {
  fs::create_symlink("target", path("link"));
  write_file(path("link"), "x", "all");
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(content(path("target")), "x");
}

TEST_F(AtomicFile, SaysWhatIsLostOnAFullDisk) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  EXPECT_THAT([] { write_file("/dev/full", "x", "the results of 3 cases"); },
              ThrowsMessage<Error>(AllOf(HasSubstr("can't write /dev/full: No space left"),
                                         HasSubstr("lost: the results of 3 cases"))));
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST_F(AtomicFile, WritesToDevicesWithoutReplacingThem) {
  check_writable("/dev/null");
  write_file("/dev/null", "x", "all");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

TEST_F(AtomicFile, FindsOutBeforehandAndLeavesNothing) {
  check_writable(path("new"));
  check_writable("-");
  EXPECT_EQ(files(), 0);
  EXPECT_THAT([&] { check_writable(path("missing/new")); },
              ThrowsMessage<Error>(HasSubstr("missing/new: No such file or directory")));
  EXPECT_THAT([&] { check_writable(folder_.string()); },
              ThrowsMessage<Error>(HasSubstr("Is a directory")));
}

TEST_F(AtomicFile, RefusesNamesThatCannotBe) {
  fs::create_symlink("loop", path("loop"));
  const std::string name(300, 'x');
  const auto refuses = [&](const std::string& file, const char* why) {
    EXPECT_THAT([&] { check_writable(file); },
                ThrowsMessage<Error>(AllOf(HasSubstr("can't write " + file), HasSubstr(why))));
    EXPECT_THAT([&] { write_file(file, "x", "all"); }, ThrowsMessage<Error>(HasSubstr(why)));
    const FileTurn turn(file);
  };
  refuses(path("loop"), "Too many levels of symbolic links");
  refuses(path("loop/a"), "Too many levels of symbolic links");
  refuses(path(name.c_str()), "File name too long");
  refuses(path((name + "/a").c_str()), "File name too long");
  EXPECT_TRUE(fs::is_symlink(path("loop")));
}

TEST_F(AtomicFile, RefusesAFolderThatCannotBeWritten) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  fs::permissions(folder_, fs::perms(0500));
  EXPECT_THAT([&] { check_writable(path("new")); },
              ThrowsMessage<Error>(HasSubstr("Permission denied")));
  fs::permissions(folder_, fs::perms(0700));
}

TEST_F(AtomicFile, IsWrittenBackByOneAtATime) {
  write_file(path("count"), "0", "");
  const auto add = [&] {
    for (int i = 0; i < 20; ++i) {
      const FileTurn turn(path("count"));
      write_file(path("count"), std::to_string(std::stoi(content(path("count"))) + 1), "");
    }
  };
  std::thread other(add);
  add();
  other.join();
  EXPECT_EQ(content(path("count")), "40");
  const FileTurn nowhere(path("missing/new"));  // nothing to lock, and no error of its own
}

TEST_F(AtomicFile, CreatesTheFolderOfADefaultPath) {
  create_folder_of(path("results/local/run.json"));
  write_file(path("results/local/run.json"), "{}", "all");
  EXPECT_EQ(content(path("results/local/run.json")), "{}");
  EXPECT_THAT([&] { create_folder_of(path("results/local/run.json/more/x")); },
              ThrowsMessage<Error>(HasSubstr("can't create")));
}

}  // namespace
}  // namespace assay
