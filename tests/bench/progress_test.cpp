#include "bench/progress.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "fixture.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

struct Setting {
  std::ostringstream terminal;
  std::ostringstream rows;
  Progress::Clock::time_point time{};
  Case next{parse_problem("matmul/dtype:f32/m:1/n:2/k:3"), "onednn:0", ""};

  Progress progress(bool live, ConsoleTable* table = nullptr) {
    return {terminal, live, ReportStyle{}, table, [this] { return time; }};
  }
};

TEST(Progress, ShowsCaseCountAndTimeLeft) {
  Setting s;
  Progress progress = s.progress(true);
  progress.progress(3, 12, s.next, 75);
  EXPECT_THAT(s.terminal.str(),
              EndsWith("[3/12] 1m 15s left  matmul/dtype:f32/m:1/n:2/k:3@onednn:0"));
  EXPECT_THAT(s.terminal.str(), Not(HasSubstr("[2m")));
}

TEST(Progress, IsSilentWithoutATerminal) {
  Setting s;
  ConsoleTable table(s.rows, {});
  {
    Progress progress = s.progress(false, &table);
    progress.progress(0, 1, s.next, 1);
    progress.finished(fixture().records.front());
  }
  EXPECT_EQ(s.terminal.str(), "");
}

TEST(Progress, IsThrottled) {
  Setting s;
  Progress progress = s.progress(true);
  progress.progress(0, 9, s.next, 1);
  const std::string once = s.terminal.str();
  s.time += std::chrono::milliseconds(99);
  progress.progress(1, 9, s.next, 1);
  EXPECT_EQ(s.terminal.str(), once);
  s.time += std::chrono::milliseconds(1);
  progress.progress(2, 9, s.next, 1);
  EXPECT_THAT(s.terminal.str(), HasSubstr("[2/9]"));
}

TEST(Progress, ClearsTheLineBeforeARowAndAtTheEnd) {
  Setting s;
  ConsoleTable table(s.rows, {});
  {
    Progress progress = s.progress(true, &table);
    progress.progress(0, 9, s.next, 1);
    progress.finished(fixture().records.front());
    EXPECT_THAT(s.terminal.str(), EndsWith("\r\x1b[K"));
    progress.progress(1, 9, s.next, 1);
  }
  EXPECT_THAT(s.terminal.str(), EndsWith("\r\x1b[K"));
}

TEST(Progress, StaysOnOneLine) {
  Setting s;
  s.next.device = std::string(300, 'x');
  Progress progress = s.progress(true);
  progress.progress(0, 9, s.next, 1);
  EXPECT_EQ(s.terminal.str().size(), 4 + 99U);
}

TEST(DurationText, HasTwoParts) {
  EXPECT_EQ(duration_text(0.4), "0s");
  EXPECT_EQ(duration_text(59.6), "1m 00s");
  EXPECT_EQ(duration_text(3661), "1h 01m");
  EXPECT_EQ(duration_text(-1), "?");
}

}  // namespace
}  // namespace assay
