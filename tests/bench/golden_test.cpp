// Every output format against an approved file; tests/approve.sh accepts new ones.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <locale>
#include <regex>
#include <sstream>

#include "bench/reporters.hpp"
#include "fixture.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Differences are left in the build folder, where tests/approve.sh finds them.
void expect_approved(const std::string& name, const std::string& text) {
  const fs::path received = fs::path(ASSAY_RECEIVED) / name;
  const std::string approved = content(fs::path(ASSAY_GOLDEN) / name);
  fs::remove(received);
  if (approved == text) return;
  fs::create_directories(received.parent_path());
  std::ofstream(received, std::ios::binary) << text;
  ADD_FAILURE() << name << " differs from the approved one:\n" << text;
}

std::string reported(Format format, const ReportStyle& style = {}) {
  std::ostringstream out;
  report(format, fixture(), style, out);
  return out.str();
}

TEST(Golden, Console) { expect_approved("console.txt", reported(Format::console)); }
TEST(Golden, NarrowConsole) {
  expect_approved("console-80.txt", reported(Format::console, {.width = 80}));
}
TEST(Golden, WideColouredConsole) {
  expect_approved("console-wide.txt",
                  reported(Format::console, {.colour = true, .width = 140, .unicode = true}));
}
// Without the values of tolerances, whose formulas are tested with their kernels.
TEST(Golden, Json) {
  const std::regex value(R"re(("(output|accumulation|sensitivity|absolute)": )[-+.e0-9]+)re");
  expect_approved("run.json", std::regex_replace(reported(Format::json), value, "$010"));
}
TEST(Golden, Csv) { expect_approved("run.csv", reported(Format::csv)); }
TEST(Golden, Markdown) { expect_approved("run.md", reported(Format::markdown)); }
TEST(Golden, JUnit) { expect_approved("run.xml", reported(Format::junit)); }

struct Commas : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

TEST(Reporters, DoNotFollowTheLocale) {
  std::vector<std::string> before;
  for (const std::string_view name : format_names()) before.push_back(reported(parse_format(name)));
  const std::locale old = std::locale::global(std::locale(std::locale(), new Commas));
  std::vector<std::string> after;
  for (const std::string_view name : format_names()) after.push_back(reported(parse_format(name)));
  std::locale::global(old);
  EXPECT_EQ(before, after);
}

TEST(Console, NarrowOnesKeepTheRoof) {
  const std::string text = reported(Format::console, {.width = 70});
  EXPECT_NE(text.find("of roof"), std::string::npos);
  EXPECT_EQ(text.find("vs best"), std::string::npos);
  EXPECT_NE(text.find("92% alu"), std::string::npos) << text;
}

TEST(Console, FitsItsWidth) {
  for (const int width : {80, 100, 140}) {
    std::istringstream lines(reported(Format::console, {.width = width}));
    for (std::string line; std::getline(lines, line);) {
      // A name that must be whole may be longer.
      if (line.starts_with("attention/") || line.starts_with("matmul/")) continue;
      EXPECT_LE(line.size(), static_cast<std::size_t>(width) + 1) << line;
    }
  }
}

TEST(Console, NeverWritesControlCharactersOfOthers) {
  const std::string text = reported(Format::console);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(Formats, NameTheNearestOne) {
  try {
    (void)parse_format("jsn");
    FAIL();
  } catch (const std::exception& error) {
    EXPECT_STREQ(error.what(), "unknown format 'jsn'; did you mean 'json'?");
  }
}

}  // namespace
}  // namespace assay
