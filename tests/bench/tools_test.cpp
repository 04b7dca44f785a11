// Other people's programs read our files: Google Benchmark's compare.py and a JSON Schema validator.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include "bench/atomic_file.hpp"
#include "bench/json_text.hpp"
#include "bench/record.hpp"
#include "fixture.hpp"
#include "tests/support/missing.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

struct Outcome {
  int status = 0;
  std::string output;
};

Outcome shell(const std::string& command) {
  Outcome outcome;
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {127, "popen"};
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe) != nullptr) {
    outcome.output += buffer.data();
  }
  outcome.status = WEXITSTATUS(::pclose(pipe));
  return outcome;
}

// The first Python that has the modules: distributions install them for their own.
std::optional<std::string> python_with(const std::string& modules) {
  for (const char* python : {"/usr/bin/python3", "python3"}) {
    if (shell(std::string(python) + " -c 'import " + modules + "'").status == 0) return python;
  }
  return std::nullopt;
}

class Tools : public testing::Test {
 protected:
  [[nodiscard]] std::string save(const char* name, const RunDocument& document) const {
    const std::string path = (folder_ / name).string();
    write_file(path, pretty(to_json(document)), "all");
    return path;
  }
  const TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
};

TEST_F(Tools, GoogleBenchmarksCompareReadsOurFiles) {
  const std::string compare = ASSAY_COMPARE_PY;
  if (!fs::exists(compare)) {
    ASSAY_MISSING("compare.py", "no compare.py (Debian: libbenchmark-tools)");
  }
  const auto python = python_with("scipy.stats, numpy");
  if (!python) ASSAY_MISSING("scipy", "no Python with SciPy (Debian: python3-scipy)");
  RunDocument after = fixture();
  for (Launch& launch : after.records[0].launches) {
    for (double& sample : launch.samples_ns) sample *= 1.5;
  }
  // A case that has a result in one file only, either way.
  after.records[2].status = Status::failed;
  after.records[3].status = Status::ok;
  after.records[3].launches = after.records[0].launches;
  const Outcome outcome = shell(*python + " " + compare + " --no-color benchmarks " +
                                save("before.json", fixture()) + " " + save("after.json", after));
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("matmul/dtype:bf16/m:512/n:4096/k:4096@onednn:0_pvalue"));
  EXPECT_THAT(outcome.output, HasSubstr("+0.5000"));
  EXPECT_THAT(outcome.output, Not(HasSubstr("Traceback")));
}

// The document, valid against the schema or not, as the validator says.
Outcome validate(const std::string& python, const std::string& file) {
  return shell(python +
               " -W ignore -c 'import json, sys, jsonschema\n"
               "schema = json.load(open(sys.argv[1]))\n"
               "jsonschema.Draft202012Validator.check_schema(schema)\n"
               "jsonschema.Draft202012Validator(schema).validate(json.load(open(sys.argv[2])))' " +
               ASSAY_SCHEMA + " " + file);
}

TEST_F(Tools, OurFilesFollowTheirSchema) {
  const auto python = python_with("jsonschema");
  if (!python) {
    ASSAY_MISSING("jsonschema", "no Python with jsonschema (Debian: python3-jsonschema)");
  }
  const Outcome good = validate(*python, save("good.json", fixture()));
  EXPECT_EQ(good.status, 0) << good.output;

  const auto refused = [&](auto change) {
    nlohmann::json document = to_json(fixture());
    change(document);
    const std::string path = (folder_ / "bad.json").string();
    write_file(path, document.dump(), "all");
    return validate(*python, path).status != 0;
  };
  EXPECT_TRUE(refused([](auto& d) { d["assay_schema"] = "1"; }));
  EXPECT_TRUE(refused([](auto& d) { d["benchmarks"][0].erase("real_time"); }));
  EXPECT_TRUE(refused([](auto& d) { d["benchmarks"][0]["assay"].erase("samples_ns"); }));
  EXPECT_TRUE(refused([](auto& d) { d["benchmarks"][0]["assay"]["status"] = "fine"; }));
  EXPECT_TRUE(refused([](auto& d) {
    for (auto& entry : d["benchmarks"]) {
      if (entry.contains("error_occurred")) entry["real_time"] = 0.0;
    }
  }));
}

}  // namespace
}  // namespace assay
