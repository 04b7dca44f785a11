#include "bench/worker_threads.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/temporary_folder.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;

// A folder with the /proc and /sys of a made-up machine.
class WorkerThreads : public testing::Test {
 protected:
  WorkerThreads() {
    for (const char* name : {"OMP_NUM_THREADS", "OMP_PROC_BIND", "OMP_PLACES"}) ::unsetenv(name);
  }
  void file(const std::string& path, const std::string& content) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << content << "\n";
  }
  // `count` processors, `siblings` of them on a core.
  void processors(int count, int siblings) {
    for (int i = 0; i < count; ++i) {
      const std::string folder = "sys/devices/system/cpu/cpu" + std::to_string(i) + "/topology/";
      file(folder + "physical_package_id", "0");
      file(folder + "core_id", std::to_string(i / siblings));
    }
    allow("0-" + std::to_string(count - 1));
  }
  void allow(const std::string& list) { file("proc/self/status", "Cpus_allowed_list:\t" + list); }
  void quota(const std::string& microseconds) {
    file("proc/self/cgroup", "1:cpu:/box");
    file("sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", microseconds);
    file("sys/fs/cgroup/cpu/box/cpu.cfs_period_us", "100000");
  }
  const TemporaryFolder temporary_;
  const fs::path root_ = temporary_.path();
};

TEST_F(WorkerThreads, OneForEachCore) {
  processors(8, 2);
  EXPECT_EQ(available_threads(root_), 4);
  EXPECT_THAT(thread_environment(0, root_), Contains(Pair("OMP_NUM_THREADS", "4")));
}

TEST_F(WorkerThreads, LibrariesDecideWhereNothingLimits) {
  processors(4, 1);
  EXPECT_EQ(available_threads(root_), 4);
  EXPECT_THAT(thread_environment(0, root_), Not(Contains(Key("OMP_NUM_THREADS"))));
}

TEST_F(WorkerThreads, OnlyAllowedProcessorsCount) {
  processors(8, 2);
  allow("0-1,4");
  EXPECT_EQ(available_threads(root_), 2);
  allow("3");
  EXPECT_EQ(available_threads(root_), 1);
}

TEST_F(WorkerThreads, NoMoreThanTheQuotaPaysFor) {
  processors(4, 1);
  quota("250000");
  EXPECT_EQ(available_threads(root_), 2);
  quota("50000");
  EXPECT_EQ(available_threads(root_), 1);
  quota("-1");
  EXPECT_EQ(available_threads(root_), 4);
  quota("800000");
  EXPECT_EQ(available_threads(root_), 4);
}

TEST_F(WorkerThreads, WhatTheUserSetStays) {
  processors(8, 2);
  ::setenv("OMP_NUM_THREADS", "3", 1);
  ::setenv("OMP_PROC_BIND", "false", 1);
  ::setenv("OMP_PLACES", "threads", 1);
  EXPECT_THAT(thread_environment(0, root_), IsEmpty());
  // But a number on the command line is meant.
  EXPECT_THAT(thread_environment(5, root_), Contains(Pair("OMP_NUM_THREADS", "5")));
}

TEST_F(WorkerThreads, UnknownMachinesAreLeftToTheLibraries) {
  EXPECT_EQ(available_threads(root_), 0);
  EXPECT_THAT(thread_environment(0, root_), Not(Contains(Key("OMP_NUM_THREADS"))));
}

}  // namespace
}  // namespace assay
