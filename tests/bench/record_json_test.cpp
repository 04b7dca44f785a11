#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <random>

#include "bench/json_text.hpp"
#include "bench/record.hpp"
#include "fixture.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::ThrowsMessage;

void expect_equal(const Launch& a, const Launch& b) {
  EXPECT_EQ(a.index, b.index);
  EXPECT_EQ(a.seed, b.seed);
  EXPECT_EQ(a.samples_ns, b.samples_ns);
  EXPECT_EQ(a.calls_per_sample, b.calls_per_sample);
  EXPECT_EQ(a.device_ns, b.device_ns);
  EXPECT_EQ(a.host_call_ns, b.host_call_ns);
  EXPECT_EQ(a.cpu_ns, b.cpu_ns);
  EXPECT_EQ(a.compile_ms, b.compile_ms);
  EXPECT_EQ(a.pack_ms, b.pack_ms);
  EXPECT_EQ(a.first_call_ms, b.first_call_ms);
  EXPECT_EQ(a.ring, b.ring);
  EXPECT_EQ(a.checked, b.checked);
  EXPECT_EQ(a.error, b.error);
  EXPECT_EQ(a.max_abs_error, b.max_abs_error);
}

void expect_equal(const Record& a, const Record& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.problem.kernel, b.problem.kernel);
  EXPECT_EQ(a.problem.integers, b.problem.integers);
  EXPECT_EQ(a.problem.words, b.problem.words);
  EXPECT_EQ(a.problem.tensors.size(), b.problem.tensors.size());
  EXPECT_EQ(a.backend, b.backend);
  EXPECT_EQ(a.device, b.device);
  EXPECT_EQ(a.device_name, b.device_name);
  EXPECT_EQ(a.vendor, b.vendor);
  EXPECT_EQ(a.hardware, b.hardware);
  EXPECT_EQ(a.variant, b.variant);
  EXPECT_EQ(a.implementation, b.implementation);
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.reason, b.reason);
  EXPECT_EQ(a.detail, b.detail);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.work.flops, b.work.flops);
  EXPECT_EQ(a.work.bytes_read, b.work.bytes_read);
  EXPECT_EQ(a.work.bytes_written, b.work.bytes_written);
  EXPECT_EQ(a.repro, b.repro);
  ASSERT_EQ(a.launches.size(), b.launches.size());
  for (std::size_t i = 0; i < a.launches.size(); ++i) expect_equal(a.launches[i], b.launches[i]);
}

void expect_equal(const RunDocument& a, const RunDocument& b) {
  EXPECT_EQ(a.context, b.context);
  ASSERT_EQ(a.records.size(), b.records.size());
  for (std::size_t i = 0; i < a.records.size(); ++i) expect_equal(a.records[i], b.records[i]);
}

// Documents at random: any status with any launches, any text, any finite number.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  double number() {
    return std::ldexp(static_cast<double>(engine_()), -static_cast<int>(below(90)));
  }
  std::string text() {
    constexpr std::array<const char*, 10> parts = {"a", " ", "\"",   "\\", "\n",
                                                   "@", "ü", "\x01", ",",  "</x>"};
    std::string result;
    for (std::uint64_t i = below(8); i > 0; --i) result += parts[below(parts.size())];
    return result;
  }
  Launch launch() {
    Launch l;
    l.index = static_cast<std::int64_t>(below(100));
    l.seed = engine_();
    for (std::uint64_t i = below(6); i > 0; --i) l.samples_ns.push_back(number());
    l.calls_per_sample = static_cast<std::int64_t>(below(1000));
    if (below(2) == 0) l.device_ns = number();
    if (below(2) == 0) l.host_call_ns = number();
    l.cpu_ns = number();
    l.compile_ms = number();
    l.pack_ms = number();
    l.first_call_ms = number();
    l.ring = static_cast<std::int64_t>(engine_() >> 1U);
    l.checked = text();
    l.error = below(5) == 0 ? std::numeric_limits<double>::infinity() : number();
    l.max_abs_error = number();
    return l;
  }
  Record record() {
    constexpr std::array<const char*, 4> problems = {
        "matmul/dtype:bf16/m:3/n:5/k:7", "matmul/dtype:s8/m:3/n:5/k:8/out:s32/cache:hot",
        "matmul/dtype:f16/m:1/n:2/k:64/weights:s4/group:32/zero_points:u4",
        "attention/dtype:f32/batch:1/heads:4/kv_heads:2/q:3/kv:9/d:8/causal:1"};
    Record r;
    if (below(8) == 0) {
      r.problem.kernel = "unheard_of";
      r.problem.integers = {{"a", 1}, {"b", -2}};
      r.problem.words = {{"c", text()}};
    } else {
      r.problem = parse_problem(problems[below(problems.size())]);
    }
    r.name = text() + "@" + text();
    for (std::string* field : {&r.backend, &r.device, &r.device_name, &r.vendor, &r.hardware,
                               &r.variant, &r.implementation, &r.reason, &r.detail, &r.repro}) {
      *field = text();
    }
    r.status = static_cast<Status>(below(5));
    for (std::uint64_t i = below(3); i > 0; --i) r.labels.push_back(text());
    r.work = {number(), number(), number()};
    for (std::uint64_t i = below(4); i > 0; --i) r.launches.push_back(launch());
    return r;
  }

 private:
  std::mt19937_64 engine_;
};

TEST(RecordJson, ComesBackAsItWas) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    RunDocument document;
    document.context = {{"host_name", random.text()}, {"load_avg", {random.number()}}};
    for (std::uint64_t i = random.below(6); i > 0; --i) {
      document.records.push_back(random.record());
    }
    expect_equal(document, parse_run_document(pretty(to_json(document))));
    expect_equal(document, from_json(json::parse(to_json(document).dump())));
    if (HasFailure()) FAIL() << "seed " << seed;
  }
}

void expect_finite(const json& value, const std::string& path) {
  if (value.is_number_float()) {
    EXPECT_TRUE(std::isfinite(value.get<double>())) << path;
  }
  for (const auto& item : value.items()) {
    if (value.is_structured()) expect_finite(item.value(), path + "/" + item.key());
  }
}

TEST(RecordJson, HoldsNeitherNanNorInfinity) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double bad : {inf, -inf, nan, 0.0}) {
    for (int where = 0; where < 12; ++where) {
      RunDocument document = fixture();
      Record& r = document.records.front();
      Launch& l = r.launches.front();
      const std::array<double*, 12> places = {&l.samples_ns[0],
                                              &l.samples_ns[1],
                                              &l.cpu_ns,
                                              &l.compile_ms,
                                              &l.pack_ms,
                                              &l.error,
                                              &l.max_abs_error,
                                              &l.first_call_ms,
                                              &r.work.flops,
                                              &r.work.bytes_read,
                                              &r.work.bytes_written,
                                              &*l.host_call_ns};
      *places.at(static_cast<std::size_t>(where)) = bad;
      document.context["load_avg"] = {bad};
      const json result = to_json(document);
      expect_finite(result, "");
      const std::string text = result.dump();
      EXPECT_EQ(text.find("nan"), std::string::npos);
      EXPECT_EQ(text.find(":inf"), std::string::npos);
      EXPECT_EQ(parse_run_document(text).records.size(), document.records.size());
    }
  }
}

TEST(RecordJson, GivesNoTimesWithoutAResult) {
  const json document = to_json(fixture());
  for (const json& entry : document["benchmarks"]) {
    const bool error = entry.value("error_occurred", false);
    for (const char* key :
         {"iterations", "real_time", "cpu_time", "time_unit", "flops_per_second"}) {
      EXPECT_NE(error, entry.contains(key)) << entry["name"] << " " << key;
    }
  }
}

TEST(RecordJson, AggregatesOverLaunches) {
  const json document = to_json(fixture());
  std::map<std::string, json> named;
  for (const json& entry : document["benchmarks"]) named[entry["name"]] = entry;
  const std::string name = "matmul/dtype:bf16/m:512/n:4096/k:4096@opencl:0.0";
  EXPECT_NEAR(named[name + "_median"]["real_time"].get<double>(), 0.456e6 * 1.02, 1e-3);
  EXPECT_NEAR(named[name + "_mean"]["real_time"].get<double>(), 0.456e6 * 1.02, 1e-3);
  const double deviation = 0.456e6 * 0.01 * std::sqrt(2.5);
  EXPECT_NEAR(named[name + "_stddev"]["real_time"].get<double>(), deviation, 1e-3);
  EXPECT_NEAR(named[name + "_cv"]["real_time"].get<double>(), deviation / (0.456e6 * 1.02), 1e-9);
  EXPECT_EQ(named[name + "_cv"]["aggregate_unit"], "percentage");
}

TEST(RecordJson, SurvivesBytesThatAreNotUtf8) {
  RunDocument document = fixture();
  document.records.front().detail = "\xff\xfe driver says \xc3\x28";
  document.context["va\xff"] = "\x80";
  const RunDocument back = parse_run_document(to_json(document).dump());
  EXPECT_THAT(back.records.front().detail, HasSubstr("driver says"));
}

// What from_json says when a change has been made to a good document.
std::string complaint(void (*change)(json&)) {
  json document = to_json(fixture());
  change(document);
  try {
    (void)from_json(document);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::file);
    return error.what();
  }
  return "";
}

TEST(RecordJson, NamesThePlaceOfWhatIsWrong) {
  EXPECT_EQ(complaint([](json& d) { d.erase("benchmarks"); }), "benchmarks is missing");
  EXPECT_EQ(complaint([](json& d) { d["benchmarks"] = 1; }),
            "benchmarks must be an array, is of type number");
  EXPECT_EQ(complaint([](json& d) { d["benchmarks"][2]["assay"].erase("seed"); }),
            "benchmarks[2].assay.seed is missing");
  EXPECT_EQ(complaint([](json& d) { d["benchmarks"][0]["assay"]["samples_ns"][3] = "x"; }),
            "benchmarks[0].assay.samples_ns[3] must be a number, is of type string");
  EXPECT_EQ(complaint([](json& d) { d["benchmarks"][0]["assay"]["seed"] = "12x"; }),
            "benchmarks[0].assay.seed must be decimal digits of at most 64 bits, is '12x'");
  EXPECT_EQ(complaint([](json& d) { d["benchmarks"][0]["assay"]["status"] = "fine"; }),
            "benchmarks[0].assay.status: unknown status 'fine'");
  EXPECT_EQ(complaint([](json& d) { d["benchmarks"][0]["assay"]["ring"] = 1e300; }),
            "benchmarks[0].assay.ring must be an integer, is of type number");
  EXPECT_THAT(complaint([](json& d) { d["benchmarks"][0]["assay"]["parameters"]["m"] = 0; }),
              HasSubstr("benchmarks[0].assay.parameters: 'm:0'"));
  EXPECT_EQ(complaint([](json& d) { d["assay_schema"] = 2; }),
            "assay_schema is 2; this program reads 1");
  EXPECT_THAT(complaint([](json& d) { d.erase("assay_schema"); }),
              HasSubstr("Google Benchmark's JSON, not written by assay"));
}

TEST(RecordJson, IgnoresFieldsThatItDoesNotKnow) {
  EXPECT_EQ(complaint([](json& d) {
              d["new"] = 1;
              for (json& entry : d["benchmarks"]) {
                entry["alu_efficiency"] = 0.5;
                if (entry.contains("assay")) entry["assay"]["new"] = json::array();
              }
            }),
            "");
}

TEST(ParseRunDocument, RefusesWhatIsNoResultFile) {
  const auto parse = [](std::string text) {
    return [text = std::move(text)] { (void)parse_run_document(text); };
  };
  EXPECT_THAT(parse(""), ThrowsMessage<Error>(HasSubstr("not JSON: parse error at line 1")));
  EXPECT_THAT(parse("[]"), ThrowsMessage<Error>(HasSubstr("no JSON object")));
  EXPECT_THAT(parse("{}"), ThrowsMessage<Error>(HasSubstr("'assay_schema' is missing")));
  EXPECT_THAT(parse(std::string(100000, '[')), ThrowsMessage<Error>(HasSubstr("too deeply")));
  EXPECT_THAT(parse("{\"a\": 1e999}"), ThrowsMessage<Error>(HasSubstr("not JSON")));
}

// Every prefix, and every document with one byte changed, is read or refused, nothing else.
TEST(ParseRunDocument, ReadsOrRefusesDamagedFiles) {
  RunDocument document = fixture();
  document.records.erase(document.records.begin(), document.records.begin() + 5);
  const std::string text = to_json(document).dump();
  const auto attempt = [](const std::string& damaged) {
    try {
      (void)parse_run_document(damaged);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::file) << error.what();
    }
  };
  for (std::size_t i = 0; i < text.size(); i += 13) attempt(text.substr(0, i));
  for (std::size_t i = 0; i < text.size(); i += 7) {
    for (const char c : {'0', '"', '{', '-', '\xff'}) {
      std::string damaged = text;
      damaged[i] = c;
      attempt(damaged);
    }
  }
}

TEST(Status, HasAName) {
  for (const Status s :
       {Status::ok, Status::unsupported, Status::skipped, Status::wrong, Status::failed}) {
    EXPECT_EQ(parse_status(name(s)), s);
  }
  EXPECT_EQ(parse_status("okay"), std::nullopt);
}

}  // namespace
}  // namespace assay
