#include "bench/environment.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bench/machine.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// A folder with the /proc and /sys of a made-up machine.
class Machine : public testing::Test {
 protected:
  void file(const std::string& path, const std::string& content) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << content << "\n";
  }
  void cpu(int index, int package, int core, const std::string& governor) {
    const std::string folder = "sys/devices/system/cpu/cpu" + std::to_string(index) + "/";
    file(folder + "topology/physical_package_id", std::to_string(package));
    file(folder + "topology/core_id", std::to_string(core));
    file(folder + "cpufreq/scaling_governor", governor);
    file(folder + "cpufreq/cpuinfo_max_freq", "3500000");
  }
  const TemporaryFolder temporary_;
  const fs::path root_ = temporary_.path();
};

// What a maker's name ("AMD EPYC") doesn't tell.
TEST_F(Machine, NamesTheCoreByItsFamily) {
  file("proc/cpuinfo",
       "vendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 17\nmodel name\t: AMD EPYC");
  EXPECT_EQ(processor_facts(root_)["core"], "AMD Zen 4");
}

TEST_F(Machine, ReadsTheProcessor) {
  file("proc/cpuinfo",
       "processor\t: 0\nmodel name\t: Example 9000\nmicrocode\t: 0x2b\ncpu MHz\t: 800\n"
       "flags\t\t: fpu sse4_2 avx2 fma smep hypervisor avx512_bf16 amx_tile clflush\n\n"
       "processor\t: 1\nmodel name\t: Other");
  cpu(0, 0, 0, "powersave");
  cpu(1, 0, 0, "powersave");
  cpu(2, 0, 1, "powersave");
  cpu(3, 1, 0, "performance");
  file("sys/devices/system/cpu/cpufreq/ignored", "");
  file("sys/devices/system/node/node0/cpulist", "0-3");
  file("sys/devices/system/cpu/smt/active", "1");
  const json facts = processor_facts(root_);
  EXPECT_EQ(facts["model"], "Example 9000");
  EXPECT_EQ(facts["microcode"], "0x2b");
  EXPECT_EQ(facts["isa"], json({"sse4_2", "avx2", "fma", "avx512_bf16", "amx_tile"}));
  EXPECT_EQ(facts["core"], "not measurable here");
  EXPECT_EQ(facts["logical_processors"], 4);
  EXPECT_EQ(facts["cores"], 3);
  EXPECT_EQ(facts["packages"], 2);
  EXPECT_EQ(facts["numa_nodes"], 1);
  EXPECT_EQ(facts["smt"], true);
  EXPECT_EQ(facts["governor"], "performance, powersave");
  EXPECT_EQ(facts["clock_mhz"], 3500.0);
  EXPECT_EQ(facts["virtual_machine"], true);
}

TEST_F(Machine, SaysWhatIsNotMeasurable) {
  const json facts = processor_facts(root_);
  for (const auto& item : facts.items()) EXPECT_EQ(item.value(), not_measurable) << item.key();
  EXPECT_EQ(limit_facts(root_)["cpu_quota"], not_measurable);
  EXPECT_EQ(load_facts(root_)["steal_fraction"], not_measurable);
  EXPECT_EQ(load_facts(root_)["pressure"]["cpu"], not_measurable);
  EXPECT_EQ(cache_facts(root_), json::array());
}

TEST_F(Machine, ReadsCaches) {
  const std::string folder = "sys/devices/system/cpu/cpu0/cache/index0/";
  file(folder + "type", "Unified");
  file(folder + "level", "3");
  file(folder + "size", "32768K");
  file(folder + "shared_cpu_list", "0-3,8,10-11");
  EXPECT_EQ(
      cache_facts(root_),
      json::array({{{"type", "Unified"}, {"level", 3}, {"size", 33554432}, {"num_sharing", 7}}}));
}

TEST_F(Machine, TakesTheTightestQuotaOfTheGroupsAbove) {
  file("proc/self/cgroup", "0::/a/b");
  file("sys/fs/cgroup/a/b/cpu.max", "max 100000");
  file("sys/fs/cgroup/a/b/cpu.stat", "usage_usec 5\nnr_periods 9\nnr_throttled 4");
  file("sys/fs/cgroup/a/cpu.max", "150000 100000");
  file("proc/self/status", "Name:\tx\nCpus_allowed_list:\t0-1");
  EXPECT_EQ(limit_facts(root_),
            json({{"cpu_quota", 1.5}, {"cpuset", "0-1"}, {"throttled_periods", 4}}));
}

TEST_F(Machine, ReadsTheOlderKindOfGroups) {
  file("proc/self/cgroup", "4:cpu,cpuacct:/x\n0::/");
  file("sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us", "-1");
  file("sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us", "100000");
  EXPECT_EQ(limit_facts(root_)["cpu_quota"], "none");
  file("sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us", "250000");
  EXPECT_EQ(limit_facts(root_)["cpu_quota"], 2.5);
}

TEST_F(Machine, ReadsWhatElseHappens) {
  file("proc/loadavg", "0.50 1.25 2.00 1/99 4242");
  file("proc/stat", "cpu  50 0 10 20 5 0 5 10 7 0\ncpu0 1");
  file("proc/pressure/cpu", "some avg10=12.50 avg60=4.03 avg300=4.01 total=31367010");
  file("proc/meminfo", "MemTotal:       1000 kB\nMemAvailable:    400 kB");
  file("proc/uptime", "12.5 20.0");
  const json facts = load_facts(root_);
  EXPECT_EQ(facts["load_average"], json({0.5, 1.25, 2.0}));
  EXPECT_DOUBLE_EQ(facts["steal_fraction"].get<double>(), 0.1);
  EXPECT_EQ(facts["pressure"]["cpu"], 12.5);
  EXPECT_EQ(facts["memory_bytes"], 1024000);
  EXPECT_EQ(facts["uptime_s"], 12.5);
}

TEST(Environment, RecordsWhatLibrariesHeed) {
  const std::vector<std::string> names = {"ONEDNN_DEFAULT_FPMATH_MODE", "OMP_WAIT_POLICY",
                                          "GOMP_SPINCOUNT", "OMP_THREAD_LIMIT",
                                          "OPENBLAS_NUM_THREADS"};
  for (const std::string& name : names) ::setenv(name.c_str(), "7", 1);
  const json variables = environment(Inventory())["assay"]["variables"];
  for (const std::string& name : names) {
    EXPECT_EQ(variables.value(name, ""), "7") << name;
    ::unsetenv(name.c_str());
  }
}

TEST(Environment, HasGoogleBenchmarksKeysAndOurs) {
  ::setenv("OMP_PLACES", "cores", 1);
  ::unsetenv("POCL_DEVICES");
  Inventory inventory;
  DeviceInfo device;
  device.ordinal = "0.1";
  device.name = "GPU\xff";
  device.driver = "1.2";
  inventory.devices.push_back({"opencl", device, ""});
  inventory.unavailable.push_back({"cublas", "no libcublas.so.12"});
  const json context = environment(inventory);
  for (const char* key : {"date", "host_name", "executable", "num_cpus", "caches", "load_avg",
                          "library_version", "library_build_type", "json_schema_version"}) {
    EXPECT_TRUE(context.contains(key)) << key;
  }
  EXPECT_EQ(context["executable"].get<std::string>().find('/'), std::string::npos);
  EXPECT_EQ(context["assay"]["variables"]["OMP_PLACES"], "cores");
  EXPECT_FALSE(context["assay"]["variables"].contains("POCL_DEVICES"));
  EXPECT_EQ(context["assay"]["devices"][0]["device"], "opencl:0.1");
  EXPECT_EQ(context["assay"]["devices"][0]["driver"], "1.2");
  EXPECT_EQ(context["assay"]["devices"][0]["memory_bytes"], not_measurable);
  EXPECT_EQ(context["assay"]["unavailable"][0]["reason"], "no libcublas.so.12");
  EXPECT_FALSE(context["assay"]["build"]["source_revision"].get<std::string>().empty());
  EXPECT_NO_THROW((void)context.dump());
}

}  // namespace
}  // namespace assay
