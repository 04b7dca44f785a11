// Backends out of libraries, good and hostile, through workers: a hostile one costs its own rows.
#include <gmock/gmock.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "bench/conformance/shapes.hpp"
#include "bench/conformance/suite.hpp"
#include "bench/inventory.hpp"
#include "bench/runner.hpp"
#include "bench/worker_client.hpp"
#include "kernels/kernel.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using Outcome = ConformanceRow::Outcome;

std::string file_of(const std::string& name) {
  return (fs::path(ASSAY_TEST_PLUGINS) / (name + ".so")).string();
}

WorkerSettings settings(const std::vector<std::string>& plugins, double timeout_s = 60) {
  WorkerSettings result;
  result.executable = REAL_WORKER;
  result.answer_timeout_s = timeout_s;
  for (const std::string& name : plugins) result.plugins.push_back(file_of(name));
  return result;
}

std::vector<std::string> reasons(const Inventory& inventory) {
  std::vector<std::string> lines;
  for (const Unavailable& each : inventory.unavailable) lines.push_back(each.reason);
  return lines;
}

std::vector<std::string> ids(const Inventory& inventory) {
  std::vector<std::string> lines;
  for (const KnownDevice& each : inventory.devices) lines.push_back(each.id());
  return lines;
}

std::string rejection(const std::string& name, double timeout_s = 60) {
  const Inventory inventory = discover_plugins(settings({name}, timeout_s));
  EXPECT_THAT(inventory.devices, IsEmpty()) << name;
  if (inventory.unavailable.size() != 1) return "not one reason";
  const std::string& reason = inventory.unavailable.front().reason;
  EXPECT_THAT(reason, StartsWith(file_of(name) + ": "));
  return reason.substr(file_of(name).size() + 2);
}

TEST(Discovery, EveryRejectionHasPathAndReason) {
  EXPECT_EQ(rejection("hostile_no_entry"),
            "no plugin of assay: it has no function assay_plugin_entry");
  EXPECT_EQ(rejection("hostile_other_version"), "it speaks plugin ABI 2, this assay 1");
  EXPECT_THAT(rejection("hostile_unresolved"), HasSubstr("undefined symbol"));
  EXPECT_THAT(rejection("hostile_short_table"), HasSubstr("its table has 24 bytes"));
  EXPECT_THAT(rejection("hostile_null_function"), HasSubstr("no function 'bind'"));
  EXPECT_THAT(rejection("hostile_bad_name"), HasSubstr("is no name for a backend"));
  EXPECT_THAT(rejection("hostile_name_thief"), HasSubstr("'reference' is taken"));
  EXPECT_THAT(rejection("hostile_throws_enumerating"), HasSubstr("let an exception escape: boom"));
  EXPECT_THAT(rejection("hostile_crashes_enumerating"), HasSubstr("signal 11"));
  EXPECT_THAT(rejection("hostile_exits_enumerating"), HasSubstr("ended without an answer"));
  EXPECT_THAT(rejection("hostile_short_info"), HasSubstr("assay_device_info has 16 bytes"));
  EXPECT_THAT(rejection("hostile_hangs_enumerating", 3), HasSubstr("no answer in 3 s"));
}

TEST(Discovery, HangsOfEveryEarlyCallAreRejections) {
  for (const char* name : {"crooked_hangs_entering", "crooked_hangs_asked_for_parts"}) {
    EXPECT_THAT(rejection(name, 3), HasSubstr("no answer in 3 s")) << name;
  }
}

TEST(Discovery, APluginMustShowADeviceOrAReason) {
  EXPECT_EQ(rejection("crooked_shows_nothing"), "gave neither a device nor a reason");
}

TEST(Discovery, PartsAreLimited) {
  EXPECT_EQ(rejection("crooked_many_parts"), "names 300 parts, at most 64 are asked");
}

TEST(Discovery, ADeviceOfTwoPartsIsTakenOnce) {
  const Inventory inventory = discover_plugins(settings({"crooked_same_twice"}));
  EXPECT_THAT(ids(inventory), ElementsAre("crooked_same_twice:0"));
  EXPECT_THAT(reasons(inventory),
              ElementsAre(file_of("crooked_same_twice") +
                          ": part b: shows the device 0, which another part has shown"));
}

TEST(Discovery, AbsurdNumbersAreUnknownOnes) {
  const Inventory inventory = discover_plugins(settings({"crooked_absurd"}));
  ASSERT_EQ(inventory.devices.size(), 1U);
  const DeviceInfo& info = inventory.devices.front().info;
  EXPECT_EQ(info.compute_units, 0);
  EXPECT_EQ(info.memory_bytes, 0);
  EXPECT_EQ(info.max_allocation_bytes, 0);
  EXPECT_EQ(info.cache_bytes, 0);
  EXPECT_THAT(info.notes, Contains(std::pair<std::string, std::string>(
                              "implausible", "cache_bytes 9223372036854775807")));
}

TEST(Discovery, HostilePluginsDontHideOthers) {
  const Inventory inventory = discover(
      {"reference"}, settings({"hostile_crashes_enumerating", "hostile_obedient",
                               "hostile_no_entry", "example_threads", "hostile_name_thief"}));
  EXPECT_THAT(ids(inventory),
              testing::UnorderedElementsAre("reference:0", "hostile_obedient:0", "threads:0"));
  EXPECT_THAT(inventory.plugins, Contains("threads"));
  EXPECT_EQ(inventory.unavailable.size(), 3U);
  std::ostringstream maps;
  maps << std::ifstream("/proc/self/maps").rdbuf();
  EXPECT_THAT(maps.str(), Not(HasSubstr(ASSAY_TEST_PLUGINS))) << "loaded here, not in a worker";
}

TEST(Discovery, ASecondPluginOfANameIsRejected) {
  const TemporaryFolder folder;
  const fs::path copy = folder / "copy.so";
  fs::copy_file(file_of("example_threads"), copy);
  WorkerSettings both = settings({"example_threads"});
  both.plugins.push_back(copy.string());
  const Inventory inventory = discover_plugins(both);
  EXPECT_THAT(ids(inventory), ElementsAre("threads:0"));
  EXPECT_THAT(reasons(inventory),
              ElementsAre(AllOf(StartsWith(copy.string()),
                                HasSubstr("its name 'threads' is that of another plugin"))));
}

const std::string small_problem = "matmul/dtype:f32/m:8/n:8/k:8/cache:hot";

// Measures a problem on every plugin at once, and gives the rows by backend.
std::map<std::string, Record> run_all(const std::vector<std::string>& plugins, double timeout_s,
                                      const std::string& name = small_problem) {
  const WorkerSettings worker = settings(plugins, timeout_s);
  Plan plan;
  plan.measure.launches = plan.measure.max_launches = 1;
  plan.measure.min_time_s = 0.001;
  plan.measure.worker = worker;
  const Problem problem = parse_problem(name);
  for (const KnownDevice& device : discover_plugins(worker).devices) {
    plan.cases.push_back({{problem, device.id(), ""}, device, {}});
  }
  Observer observer;
  const std::atomic<bool> interrupted = false;
  std::map<std::string, Record> rows;
  for (Record& record : run(plan, observer, interrupted)) rows[record.backend] = record;
  EXPECT_EQ(rows.size(), plugins.size());
  return rows;
}

TEST(Run, HostilePluginsCostTheirOwnRows) {
  auto rows = run_all({"hostile_obedient", "example_threads", "hostile_throws_running",
                       "hostile_crashes_running", "hostile_exits_running", "hostile_does_nothing",
                       "hostile_babbles", "hostile_lying_clock", "hostile_no_clock",
                       "hostile_wrong_answers", "hostile_null_handle", "hostile_crashes_releasing"},
                      60);
  const auto expect = [&](const char* backend, Status status, const char* reason) {
    const Record& row = rows[std::string(backend)];
    EXPECT_EQ(name(row.status), name(status)) << backend << ": " << row.reason;
    EXPECT_THAT(row.reason, HasSubstr(reason)) << backend;
    EXPECT_EQ(row.has_numbers(), status == Status::ok) << backend;
  };
  expect("hostile_obedient", Status::ok, "");
  expect("threads", Status::ok, "");
  expect("hostile_throws_running", Status::failed, "submit() let something escape");
  expect("hostile_crashes_running", Status::failed, "signal 11");
  expect("hostile_exits_running", Status::failed, "ended without an answer");
  expect("hostile_does_nothing", Status::wrong, "was not written");
  expect("hostile_babbles", Status::ok, "");
  expect("hostile_lying_clock", Status::ok, "");
  EXPECT_THAT(rows["hostile_lying_clock"].labels, Contains("device_clock_rejected"));
  EXPECT_FALSE(rows["hostile_lying_clock"].launches.front().device_ns);
  expect("hostile_no_clock", Status::failed, "a device time that is no number");
  expect("hostile_wrong_answers", Status::wrong, "");
  expect("hostile_null_handle", Status::failed, "open() returned no handle");
  expect("hostile_crashes_releasing", Status::failed, "signal 11");
  EXPECT_THAT(rows["threads"].repro,
              StartsWith("assay run --plugin " + file_of("example_threads") + " 'matmul/"));
}

TEST(Run, AHangCostsItsRow) {
  const auto before = std::chrono::steady_clock::now();
  auto rows = run_all({"hostile_hangs_running", "crooked_hangs_opening", "example_threads"}, 3);
  for (const char* name : {"hostile_hangs_running", "crooked_hangs_opening"}) {
    EXPECT_EQ(rows[name].status, Status::failed) << name;
    EXPECT_THAT(rows[name].reason, HasSubstr("no answer in 3 s")) << name;
  }
  EXPECT_EQ(rows["threads"].status, Status::ok) << rows["threads"].reason;
  // Opening isn't given the time that trying special instructions is.
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(90));
}

TEST(Run, AHangInProbeCostsOneTrial) {
  WorkerSettings worker = settings({"crooked_hangs_probing"}, 3);
  worker.probe_extra_s = 1;
  const KnownDevice device = discover_plugins(worker).devices.at(0);
  const ProbedWorker probed = start_probed(worker, nullptr, device.plugin, device.id());
  EXPECT_TRUE(probed.silent);
  EXPECT_THAT(probed.verdicts, IsEmpty());
  const auto reply = probed.worker->ask(protocol::Supports{small_problem + "@" + device.id()});
  EXPECT_TRUE(reply.support.supported);
  probed.worker->quit();
}

TEST(Run, TouchingMoreThanCanBeMakesNoColdCaseHot) {
  auto rows =
      run_all({"crooked_touches_all", "hostile_obedient"}, 60, "matmul/dtype:f32/m:64/n:512/k:512");
  const Record& row = rows["crooked_touches_all"];
  ASSERT_EQ(row.status, Status::ok) << row.reason;
  // 16 times the truth, which is 1.25 MiB.
  EXPECT_GE(row.launches.front().ring * 16, rows["hostile_obedient"].launches.front().ring);
  EXPECT_GT(row.launches.front().ring, 1);
}

TEST(Run, CrookedDevicesCostTheirOwnRows) {
  auto rows = run_all({"crooked_absurd", "crooked_breaks_asked", "crooked_leaves_a_child",
                       "crooked_packs_activations", "crooked_shouts", "example_threads"},
                      60);
  EXPECT_EQ(rows["crooked_absurd"].status, Status::ok) << rows["crooked_absurd"].reason;
  // A driver that fails isn't a device that can't.
  EXPECT_EQ(rows["crooked_breaks_asked"].status, Status::failed);
  EXPECT_EQ(rows["crooked_breaks_asked"].reason, "the driver is gone");
  EXPECT_EQ(rows["crooked_leaves_a_child"].status, Status::failed);
  EXPECT_EQ(rows["crooked_leaves_a_child"].reason, "exit status 3");
  EXPECT_EQ(rows["crooked_packs_activations"].status, Status::wrong);
  EXPECT_THAT(rows["crooked_packs_activations"].reason,
              StartsWith("on new contents of all but the weights: "));
  EXPECT_EQ(rows["crooked_shouts"].status, Status::failed);
  EXPECT_EQ(rows["crooked_shouts"].reason, "bad  [31mRED second   line");
  EXPECT_EQ(rows["threads"].status, Status::ok) << rows["threads"].reason;
  EXPECT_THAT(rows["crooked_absurd"].labels, Contains("untuned"));
}

std::vector<ConformanceRow> conformance(const std::string& plugin,
                                        const std::vector<std::string>& problems,
                                        double timeout_s = 60) {
  const WorkerSettings worker = settings({plugin}, timeout_s);
  const Inventory inventory = discover_plugins(worker);
  EXPECT_EQ(inventory.devices.size(), 1U) << plugin;
  const std::atomic<bool> interrupted = false;
  std::size_t told = 0;
  auto rows = run_conformance(inventory.devices.at(0), problems, worker, interrupted,
                              [&](const ConformanceRow&) { ++told; });
  EXPECT_EQ(told, rows.size());
  return rows;
}

std::vector<std::string> faults(const std::vector<ConformanceRow>& rows) {
  std::vector<std::string> lines;
  for (const ConformanceRow& row : rows) {
    if (row.to_fix()) lines.push_back(row.check + ": " + row.reason);
  }
  return lines;
}

const std::vector<std::string> small = {"matmul/dtype:f32/m:9/n:17/k:33",
                                        "matmul/dtype:bf16/m:9/n:17/k:33"};

TEST(Conformance, TheExampleConforms) {
  const auto rows = conformance("example_threads", conformance_shapes());
  EXPECT_THAT(faults(rows), IsEmpty());
  std::map<Outcome, int> counts;
  for (const ConformanceRow& row : rows) ++counts[row.outcome];
  EXPECT_GT(counts[Outcome::passed], 20);
  EXPECT_GT(counts[Outcome::unsupported], 100);
}

TEST(Conformance, NamesWhatIsWrong) {
  EXPECT_THAT(faults(conformance("hostile_obedient", small)), IsEmpty());
  EXPECT_THAT(faults(conformance("hostile_lying_clock", small)),
              ElementsAre(AllOf(StartsWith("clock: "), HasSubstr("for what took the host"))));
  EXPECT_THAT(faults(conformance("hostile_wrong_answers", small)),
              AllOf(Not(IsEmpty()), Each(StartsWith("answers: "))));
}

TEST(Conformance, GuardPagesStopACopyThatWritesPastItsEnd) {
  EXPECT_THAT(faults(conformance("hostile_writes_past", {"matmul/dtype:f32/m:16/n:16/k:16"})),
              ElementsAre(HasSubstr("signal 11")));
}

TEST(Conformance, GuardPagesStopAKernelThatWritesOutsideItsOutput) {
  const std::vector<std::string> problem = {"matmul/dtype:f32/m:16/n:16/k:16"};
  EXPECT_THAT(faults(conformance("crooked_writes_far_past", problem)),
              ElementsAre(HasSubstr("signal 11")));
  EXPECT_THAT(faults(conformance("crooked_writes_past", problem)),
              ElementsAre(HasSubstr("signal 11")));
  EXPECT_THAT(faults(conformance("crooked_writes_before", problem)),
              ElementsAre(HasSubstr("was written just outside a buffer of 1024 bytes")));
}

TEST(Conformance, ThreeDeadWorkersInARowAreEnough) {
  const std::vector<std::string> shapes = conformance_shapes();
  const auto rows = conformance("hostile_exits_running", shapes);
  EXPECT_THAT(faults(rows), testing::SizeIs(3));
  EXPECT_EQ(rows.back().outcome, Outcome::left_out);
  EXPECT_EQ(rows.back().reason, std::to_string(shapes.size() - rows.size() + 1) +
                                    " problems, after 3 workers in a row that died");
}

TEST(Conformance, AWorkerThatReportsIsNoDeadOne) {
  const std::vector<std::string> five(5, small.front());
  EXPECT_THAT(faults(conformance("crooked_breaks_asked", five)), testing::SizeIs(5));
}

TEST(Conformance, AHangInBindCostsItsCheck) {
  EXPECT_THAT(faults(conformance("crooked_hangs_binding", {small.front()}, 3)),
              ElementsAre("answers: no answer in 3 s"));
}

TEST(Conformance, ACrashAtTheEndIsSeen) {
  EXPECT_THAT(faults(conformance("crooked_dies_at_the_end", small)),
              ElementsAre(AllOf(StartsWith("ending: "), HasSubstr("signal 11"))));
}

TEST(Conformance, ReasonsAreOneLineWithoutControls) {
  EXPECT_THAT(faults(conformance("crooked_shouts", {small.front()})),
              ElementsAre("answers: throws: bad  [31mRED second   line (log  [2J)"));
}

TEST(Conformance, NamesImplausibleNumbers) {
  EXPECT_THAT(faults(conformance("crooked_absurd", {small.front()})),
              ElementsAre(HasSubstr("no device has compute_units 9223372036854775807")));
  EXPECT_THAT(faults(conformance("crooked_touches_all", {small.front()})),
              ElementsAre(HasSubstr("touched_bytes() says 4611686018427387904")));
}

TEST(Conformance, SomeShapesAreLarge) {
  std::vector<std::string> shapes;
  for (const std::string& name : large_shapes()) {
    if (name.starts_with("matmul/dtype:f32/")) shapes.push_back(name);
  }
  ASSERT_FALSE(shapes.empty());
  EXPECT_THAT(faults(conformance("crooked_wrong_where_large", shapes)),
              testing::SizeIs(shapes.size()));
}

}  // namespace
}  // namespace assay
