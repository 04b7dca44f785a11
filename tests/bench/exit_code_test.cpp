#include "bench/exit_code.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace assay {
namespace {

Exit code_of(const std::vector<Status>& statuses) {
  std::vector<Record> records(statuses.size());
  for (std::size_t i = 0; i < statuses.size(); ++i) records[i].status = statuses[i];
  return exit_code(records);
}

TEST(ExitCode, UnsupportedAndSkippedPass) {
  EXPECT_EQ(code_of({}), Exit::pass);
  EXPECT_EQ(code_of({Status::ok, Status::unsupported, Status::skipped}), Exit::pass);
}

TEST(ExitCode, WrongBeatsFailed) {
  EXPECT_EQ(code_of({Status::ok, Status::failed}), Exit::failed);
  EXPECT_EQ(code_of({Status::failed, Status::wrong, Status::ok}), Exit::wrong);
}

TEST(ExitCode, PrecedenceIsTheDocumentedOne) {
  const std::vector<Exit> order = {Exit::internal,   Exit::wrong,   Exit::failed,
                                   Exit::regression, Exit::refused, Exit::inconclusive,
                                   Exit::pass};
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = i; j < order.size(); ++j) {
      EXPECT_EQ(worse(order[i], order[j]), order[i]);
      EXPECT_EQ(worse(order[j], order[i]), order[i]);
    }
  }
}

TEST(ExitCode, WhatEndsAProgramWinsOverAllButInternal) {
  for (const Exit code : {Exit::baseline, Exit::usage, Exit::interrupted, Exit::output_closed}) {
    EXPECT_EQ(worse(code, Exit::wrong), code);
    EXPECT_EQ(worse(Exit::pass, code), code);
    EXPECT_EQ(worse(code, Exit::internal), Exit::internal);
  }
}

}  // namespace
}  // namespace assay
