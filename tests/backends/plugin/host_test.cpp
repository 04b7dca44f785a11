// Backends through the table and back behave as they do without it.
#include "backends/plugin/host.hpp"

#include <gmock/gmock.h>

#include <cstddef>
#include <stdexcept>

#include "backends/host.hpp"
#include "backends/plugin/export.hpp"
#include "backends/reference/reference.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"
#include "tests/backends/plugin/hostile/obedient.hpp"
#include "tests/support/conformance.hpp"
#include "tests/support/conformance_shapes.hpp"

namespace assay::plugin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StrEq;
using testing::ThrowsMessage;

assay_plugin obedient() {
  return hostile::obedient_table("obedient", [](assay_backend** backend) noexcept {
    return create("obedient", [] { return hostile::make_obedient("obedient"); }, backend);
  });
}

TEST(HostedBackend, ConformsAsTheBackendItself) {
  const assay_plugin table = obedient();
  const Plugin plugin = host_plugin(&table);
  EXPECT_EQ(plugin.name, "obedient");
  EXPECT_EQ(plugin.backend->name(), "obedient");
  EXPECT_THAT(plugin.backend->parts(), ElementsAre(""));
  const Enumeration found = plugin.backend->enumerate("");
  ASSERT_EQ(found.devices.size(), 1U);
  const auto device = plugin.backend->open(found.devices.front().ordinal);
  EXPECT_EQ(device->info().name, make_reference()->enumerate("").devices.front().name);
  for (const std::string& name : sanitize_shapes()) expect_conforms(*device, parse_problem(name));
}

// Throws what `thrown` says, wherever it is asked to do something.
enum class Thrown : std::uint8_t { error, bad_alloc, exception, number };

class Failing final : public Backend {
 public:
  explicit Failing(Thrown thrown) : thrown_(thrown) {}
  [[nodiscard]] std::string_view name() const override { return "failing"; }
  Enumeration enumerate(std::string_view part) override {
    if (part == "quiet") return {{}, {"nothing here", "nor there"}};
    fail();
  }
  std::unique_ptr<Device> open(std::string_view) override { fail(); }

 private:
  [[noreturn]] void fail() const {
    switch (thrown_) {
      case Thrown::error:
        throw Error(Error::Kind::file, "no such file", "a long\nlog");
      case Thrown::bad_alloc:
        throw std::bad_alloc();
      case Thrown::exception:
        throw std::logic_error("oops");
      case Thrown::number:
        break;
    }
    throw 3;
  }
  Thrown thrown_;
};

template <Thrown thrown>
Error caught() {
  const assay_plugin api = table("failing", "", "", [](assay_backend** backend) noexcept {
    return create(
        "failing", []() -> std::unique_ptr<Backend> { return std::make_unique<Failing>(thrown); },
        backend);
  });
  const Plugin plugin = host_plugin(&api);
  try {
    (void)plugin.backend->open("0");
  } catch (const Error& error) {
    return error;
  }
  return {Error::Kind::usage, "nothing was thrown"};
}

TEST(HostedBackend, ErrorsKeepKindMessageAndDetail) {
  const Error error = caught<Thrown::error>();
  EXPECT_EQ(error.kind(), Error::Kind::file);
  EXPECT_THAT(error.what(), StrEq("no such file"));
  EXPECT_EQ(error.detail(), "a long\nlog");
}

TEST(HostedBackend, OtherExceptionsBecomeErrors) {
  EXPECT_EQ(caught<Thrown::bad_alloc>().kind(), Error::Kind::memory);
  EXPECT_EQ(caught<Thrown::exception>().kind(), Error::Kind::internal);
  EXPECT_THAT(caught<Thrown::exception>().what(), StrEq("oops"));
  EXPECT_EQ(caught<Thrown::number>().kind(), Error::Kind::internal);
}

TEST(HostedBackend, ReasonsOfWhatIsMissingCross) {
  const assay_plugin api = table("failing", "", "", [](assay_backend** backend) noexcept {
    return create(
        "failing",
        []() -> std::unique_ptr<Backend> { return std::make_unique<Failing>(Thrown::error); },
        backend);
  });
  EXPECT_THAT(host_plugin(&api).backend->enumerate("quiet").unavailable,
              ElementsAre("nothing here", "nor there"));
}

TEST(HostPlugin, RefusesABackendOfAnotherName) {
  const assay_plugin api = table("one", "", "", [](assay_backend** backend) noexcept {
    return create("one", [] { return hostile::make_obedient("another"); }, backend);
  });
  EXPECT_THAT([&] { (void)host_plugin(&api); },
              ThrowsMessage<Error>(HasSubstr("exported as 'one', but the backend calls itself")));
}

TEST(HostedPrepared, RefusesTensorsOfAnotherProblem) {
  const assay_plugin api = obedient();
  const Plugin plugin = host_plugin(&api);
  const auto device = plugin.backend->open("0");
  const auto prepared = device->prepare(parse_problem("matmul/dtype:f32/m:2/n:3/k:4"), "");
  const auto a = device->allocate(32);
  const auto b = device->allocate(48);
  const auto out = device->allocate(23);
  const std::vector<Buffer*> wrong_size = {a.get(), b.get(), out.get()};
  EXPECT_THROW((void)prepared->bind(wrong_size), Error);
  const std::vector<Buffer*> too_few = {a.get(), b.get()};
  EXPECT_THROW((void)prepared->bind(too_few), Error);
}

// The reference, with everything that was added to the interface later.
class LaterPrepared final : public Prepared {
 public:
  explicit LaterPrepared(std::unique_ptr<Prepared> it) : it_(std::move(it)) {}
  [[nodiscard]] std::string implementation() const override { return it_->implementation(); }
  [[nodiscard]] std::string path() const override { return "f32.fma"; }
  [[nodiscard]] std::vector<std::string> labels() const override { return {"untuned", "slow"}; }
  std::unique_ptr<Bound> bind(std::span<Buffer* const> tensors) override {
    return it_->bind(tensors);
  }

 private:
  std::unique_ptr<Prepared> it_;
};

class LaterDevice final : public HostDevice {
 public:
  explicit LaterDevice(std::unique_ptr<Device> it) : HostDevice(it->info()), it_(std::move(it)) {}
  [[nodiscard]] Support supports(const Problem& problem, std::string_view variant) const override {
    if (variant == "broken") throw Error(Error::Kind::device, "the driver is gone");
    return it_->supports(problem, variant);
  }
  std::unique_ptr<Prepared> prepare(const Problem& problem, std::string_view variant) override {
    return std::make_unique<LaterPrepared>(it_->prepare(problem, variant));
  }
  Tunable tunable(const Problem& problem, std::string_view best) override {
    if (best.empty()) return {problem.kernel + "\tdevice\tdriver\tkernels", {"one", "two"}};
    return {"key", {std::string(best) + "+"}};
  }
  std::vector<std::pair<std::string, std::string>> probe() override {
    return {{"x86.vdpbf16ps bf16", "works"}, {"amx s8", "signal 4"}};
  }

 private:
  std::unique_ptr<Device> it_;
};

class LaterBackend final : public Backend {
 public:
  [[nodiscard]] std::string_view name() const override { return "later"; }
  Enumeration enumerate(std::string_view part) override { return it_->enumerate(part); }
  std::unique_ptr<Device> open(std::string_view ordinal) override {
    return std::make_unique<LaterDevice>(it_->open(ordinal));
  }

 private:
  std::unique_ptr<Backend> it_ = make_reference();
};

assay_plugin later() {
  return table("later", "", "", [](assay_backend** backend) noexcept {
    return create(
        "later", []() -> std::unique_ptr<Backend> { return std::make_unique<LaterBackend>(); },
        backend);
  });
}

TEST(HostedBackend, WhatWasAppendedCrosses) {
  const assay_plugin api = later();
  const Plugin plugin = host_plugin(&api);
  const auto device = plugin.backend->open("0");
  const Problem problem = parse_problem("matmul/dtype:f32/m:2/n:3/k:4");
  const auto prepared = device->prepare(problem, "");
  EXPECT_EQ(prepared->path(), "f32.fma");
  EXPECT_THAT(prepared->labels(), ElementsAre("untuned", "slow"));
  const Tunable tunable = device->tunable(problem, "");
  EXPECT_EQ(tunable.key, "matmul\tdevice\tdriver\tkernels");
  EXPECT_THAT(tunable.variants, ElementsAre("one", "two"));
  EXPECT_THAT(device->tunable(problem, "best").variants, ElementsAre("best+"));
  EXPECT_THAT(device->probe(), ElementsAre(testing::Pair("x86.vdpbf16ps bf16", "works"),
                                           testing::Pair("amx s8", "signal 4")));
}

TEST(HostedBackend, OlderTablesLackWhatWasAppended) {
  const Problem problem = parse_problem("matmul/dtype:f32/m:2/n:3/k:4");
  const auto expect_none = [&](const assay_plugin& api) {
    const Plugin plugin = host_plugin(&api);
    const auto device = plugin.backend->open("0");
    EXPECT_EQ(device->prepare(problem, "")->path(), "");
    EXPECT_THAT(device->prepare(problem, "")->labels(), testing::IsEmpty());
    EXPECT_EQ(device->tunable(problem, "").key, "");
    EXPECT_THAT(device->probe(), testing::IsEmpty());
  };
  assay_plugin older = later();
  older.size = offsetof(assay_plugin, path);
  expect_none(older);
  assay_plugin empty = later();
  empty.path = nullptr;
  empty.labels = nullptr;
  empty.tunable = nullptr;
  empty.probe = nullptr;
  expect_none(empty);
}

TEST(HostedBackend, AFailureInSupportsIsNoRefusal) {
  const assay_plugin api = later();
  const Plugin plugin = host_plugin(&api);
  const auto device = plugin.backend->open("0");
  EXPECT_THAT(
      [&] { (void)device->supports(parse_problem("matmul/dtype:f32/m:2/n:3/k:4"), "broken"); },
      ThrowsMessage<Error>(StrEq("the driver is gone")));
}

// What functions of an obedient table give, but for one of them.
template <class Change>
std::string violation_of(Change change) {
  assay_plugin api = obedient();
  change(api);
  try {
    const Plugin plugin = host_plugin(&api);
    (void)plugin.backend->parts();
    (void)plugin.backend->enumerate("");
    (void)plugin.backend->open("0");
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

TEST(HostedBackend, NullWhereThereMustBeSomethingIsAnError) {
  EXPECT_EQ(violation_of([](assay_plugin&) {}), "none");
  EXPECT_THAT(violation_of([](assay_plugin& t) {
                t.parts = [](assay_backend*, assay_strings* parts) {
                  parts->count = 2;
                  return 0;
                };
              }),
              HasSubstr("parts() gave no array of strings"));
  EXPECT_THAT(violation_of([](assay_plugin& t) {
                t.enumerate = [](assay_backend*, const char*, assay_enumeration* found) {
                  found->device_count = 1;
                  return 0;
                };
              }),
              HasSubstr("enumerate() gave no array of devices"));
  EXPECT_THAT(violation_of([](assay_plugin& t) {
                t.enumerate = [](assay_backend*, const char*, assay_enumeration* found) {
                  static const assay_device_info* const devices[] = {nullptr};
                  found->devices = devices;
                  found->device_count = 1;
                  return 0;
                };
              }),
              HasSubstr("enumerate() broke its contract: assay_device_info is null"));
  EXPECT_THAT(violation_of([](assay_plugin& t) {
                t.enumerate = [](assay_backend*, const char*, assay_enumeration* found) {
                  found->unavailable_count = std::uint64_t{1} << 40U;
                  return 0;
                };
              }),
              HasSubstr("enumerate() gave no array of strings"));
  EXPECT_THAT(violation_of([](assay_plugin& t) {
                t.info = [](assay_device*, const assay_device_info** info) {
                  *info = nullptr;
                  return 0;
                };
              }),
              HasSubstr("info() broke its contract: assay_device_info is null"));
}

// A table whose functions come from an obedient one, with one replaced.
template <class Change>
std::string refusal(Change change) {
  assay_plugin api = obedient();
  change(api);
  try {
    (void)host_plugin(&api);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::device);
    return error.what();
  }
  return "accepted";
}

TEST(HostPlugin, RefusesIncompleteTables) {
  EXPECT_EQ(refusal([](assay_plugin&) {}), "accepted");
  EXPECT_EQ(refusal([](assay_plugin& t) { t.size += 64; }), "accepted") << "a later one";
  EXPECT_THAT(refusal([](assay_plugin& t) { t.abi = 9; }),
              StrEq("it speaks plugin ABI 9, this assay 1"));
  EXPECT_THAT(refusal([](assay_plugin& t) { t.size = 24; }), HasSubstr("its table has 24 bytes"));
  EXPECT_THAT(refusal([](assay_plugin& t) { t.wait = nullptr; }),
              StrEq("its table has no function 'wait'"));
  EXPECT_THAT(refusal([](assay_plugin& t) { t.name = nullptr; }), StrEq("it has no name"));
  EXPECT_THROW((void)host_plugin(nullptr), Error);
  for (const char* name : {"", "9lives", "Threads", "a-b", "a:b", "a/b", "\xff"}) {
    EXPECT_THAT(refusal([&](assay_plugin& t) { t.name = name; }), HasSubstr("is no name")) << name;
  }
  EXPECT_THAT(refusal([](assay_plugin& t) { t.create = [](assay_backend**) { return 0; }; }),
              HasSubstr("create() returned no handle"));
  EXPECT_THAT(refusal([](assay_plugin& t) {
                t.create = [](assay_backend**) { return 99; };
                t.last_error = [] { return ""; };
              }),
              StrEq("plugin obedient: create() failed with code 99 and no last_error"));
}

}  // namespace
}  // namespace assay::plugin
