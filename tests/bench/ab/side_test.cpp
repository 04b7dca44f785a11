#include "bench/ab/side.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "kernels/error.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class SideTest : public testing::Test {
 protected:
  std::string script(const std::string& body) {
    const std::string path = folder_ + "/assay";
    std::ofstream(path) << "#!/bin/sh\n" << body << "\n";
    fs::permissions(path, fs::perms::owner_all);
    return path;
  }
  static std::string error_of(const std::string& build) {
    WorkerSettings settings;
    settings.answer_timeout_s = 5;
    try {
      (void)make_side("head", build, {}, settings);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::file);
      return error.what();
    }
    return "no error";
  }
  const TemporaryFolder temporary_;
  const std::string folder_ = temporary_.path();
};

TEST_F(SideTest, TakesAProgramOrItsFolder) {
  const fs::path program = ASSAY_PROGRAM;
  EXPECT_EQ(make_side("base", program.string(), {}, {}).worker.executable, program);
  EXPECT_EQ(make_side("base", program.parent_path().string(), {}, {}).worker.executable, program);
  EXPECT_EQ(
      make_side("base", program.parent_path().parent_path().string(), {}, {}).worker.executable,
      program);
}

TEST_F(SideTest, KeepsTheVariablesAndShowsThem) {
  const Side side = make_side("base", ASSAY_PROGRAM, {"A=1", "B=x=y"}, {});
  ASSERT_EQ(side.worker.environment.size(), 2U);
  EXPECT_EQ(side.worker.environment[1], std::pair(std::string("B"), std::string("x=y")));
  EXPECT_THAT(side.label, HasSubstr(" A=1 B=x=y"));
  EXPECT_THROW((void)make_side("base", ASSAY_PROGRAM, {"novalue"}, {}), Error);
  EXPECT_THROW((void)make_side("base", ASSAY_PROGRAM, {"=1"}, {}), Error);
}

TEST_F(SideTest, RefusesWhatIsNoBuild) {
  EXPECT_THAT(error_of("/nowhere/assay"), HasSubstr("there is no such file or folder"));
  EXPECT_THAT(error_of(folder_), HasSubstr("the folder has no assay"));
  std::ofstream(folder_ + "/text") << "text";
  EXPECT_THAT(error_of(folder_ + "/text"), HasSubstr("is no program"));
}

TEST_F(SideTest, RefusesWhatIsNoAssay) {
  EXPECT_THAT(error_of(script("exit 0")), HasSubstr("does not answer as an assay: ended without"));
  EXPECT_THAT(error_of(script("exit 3")), HasSubstr("exit status 3"));
  EXPECT_THAT(error_of(script("kill -SEGV $$")), HasSubstr("signal 11"));
  EXPECT_THAT(error_of(script("read line <&3; echo hello >&4")), HasSubstr("does not answer"));
}

TEST_F(SideTest, RefusesAnotherProtocol) {
  EXPECT_THAT(error_of(script("read line <&3; echo '{\"id\":1,\"reply\":\"hello\",\"protocol\":99,"
                              "\"build\":\"x\"}' >&4; read line <&3")),
              HasSubstr("speaks protocol 99"));
}

}  // namespace
}  // namespace assay
