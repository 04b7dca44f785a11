// Libraries that a process survives loading. The others are for tests of workers.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "backends/plugin/host.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"
#include "tests/support/conformance.hpp"
#include "tests/support/conformance_shapes.hpp"
#include "tests/support/temporary_folder.hpp"

namespace assay::plugin {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using testing::ThrowsMessage;

std::filesystem::path plugin_file(const std::string& name) {
  return std::filesystem::path(ASSAY_TEST_PLUGINS) / (name + ".so");
}

std::string refusal(const std::filesystem::path& file) {
  try {
    (void)load_plugin(file);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::device);
    EXPECT_THAT(error.what(), StartsWith(file.string() + ": "));
    return std::string(error.what()).substr(file.string().size() + 2);
  }
  return "accepted";
}

TEST(LoadPlugin, RefusalsNameTheReason) {
  EXPECT_THAT(refusal(plugin_file("no_such_file")),
              AllOf(StartsWith("can't be loaded: "), HasSubstr("No such file")));
  EXPECT_EQ(refusal(plugin_file("hostile_no_entry")),
            "no plugin of assay: it has no function assay_plugin_entry");
  EXPECT_EQ(refusal(plugin_file("hostile_other_version")), "it speaks plugin ABI 2, this assay 1");
  EXPECT_EQ(refusal(plugin_file("hostile_unresolved")),
            "can't be loaded: undefined symbol: assay_function_that_nobody_has");
  EXPECT_THAT(refusal(plugin_file("hostile_short_table")), HasSubstr("its table has 24 bytes"));
  EXPECT_EQ(refusal(plugin_file("hostile_null_function")), "its table has no function 'bind'");
  EXPECT_THAT(refusal(plugin_file("hostile_bad_name")), HasSubstr("'../threads' is no name"));
}

TEST(LoadPlugin, RefusesWhatIsNoLibrary) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "no_library.so";
  std::ofstream(file) << "text";
  EXPECT_THAT(refusal(file), StartsWith("can't be loaded: "));
}

TEST(LoadPlugin, ViolationsOfTheContractAreErrors) {
  const auto hostile = [](const char* name) {
    return load_plugin(plugin_file(std::string("hostile_") + name));
  };
  EXPECT_THAT(
      [&] { (void)hostile("throws_enumerating").backend->enumerate(""); },
      ThrowsMessage<Error>(HasSubstr("enumerate() let an exception escape: boom in enumerate")));
  EXPECT_THAT([&] { (void)hostile("short_info").backend->enumerate(""); },
              ThrowsMessage<Error>(HasSubstr("assay_device_info has 16 bytes")));
  EXPECT_THAT([&] { (void)hostile("null_handle").backend->open("0"); },
              ThrowsMessage<Error>(HasSubstr("open() returned no handle")));
  const Plugin throwing = hostile("throws_running");
  const auto device = throwing.backend->open("0");
  EXPECT_THAT([&] { device->queue()->submit({}, 0); },
              ThrowsMessage<Error>(HasSubstr("submit() let something escape")));
  const Plugin timeless = hostile("no_clock");
  const auto other = timeless.backend->open("0");
  EXPECT_THAT([&] { (void)other->queue()->wait(); },
              ThrowsMessage<Error>(HasSubstr("a device time that is no number")));
}

// Copies of one library, so that all their symbols are equal.
TEST(LoadPlugin, LibrariesOfEqualSymbolsStayApart) {
  const Plugin obedient = load_plugin(plugin_file("hostile_obedient"));
  const Plugin wrong = load_plugin(plugin_file("hostile_wrong_answers"));
  EXPECT_EQ(obedient.backend->name(), "hostile_obedient");
  EXPECT_EQ(wrong.backend->name(), "hostile_wrong_answers");
  const Problem problem = parse_problem("matmul/dtype:f32/m:2/n:3/k:4");
  EXPECT_TRUE(conform(*obedient.backend->open("0"), problem).passed);
  EXPECT_FALSE(conform(*wrong.backend->open("0"), problem).passed);
}

TEST(ExampleThreads, ComputesF32MatmulAndGivesReasonsForTheRest) {
  const Plugin plugin = load_plugin(plugin_file("example_threads"));
  const auto device = plugin.backend->open("0");
  for (const std::string& name : conformance_shapes()) {
    const Problem problem = parse_problem(name);
    const Conformance conformance = conform(*device, problem);
    const bool f32 = name.starts_with("matmul/dtype:f32/") && name.find("weights") == name.npos;
    EXPECT_EQ(conformance.supported, f32) << name;
    EXPECT_EQ(conformance.passed, f32) << name << ": " << conformance.reason;
    EXPECT_THAT(conformance.reason, HasSubstr(f32 ? "" : "threads computes only")) << name;
  }
}

}  // namespace
}  // namespace assay::plugin
