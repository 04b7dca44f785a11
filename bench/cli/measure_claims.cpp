#include "bench/cli/measure_claims.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <set>
#include <sstream>

#include "backends/list.hpp"
#include "bench/atomic_file.hpp"
#include "bench/cli/cli.hpp"
#include "bench/plugin_files.hpp"
#include "bench/select.hpp"
#include "bench/suite.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr std::string_view suite_of_claims = "claims";

bool asks_for_memory(const std::vector<Claim>& claims) {
  return std::ranges::any_of(claims, [](const Claim& claim) {
    return std::ranges::find(claim.quantities, MeasureKind::memory, &ClaimQuantity::measure) !=
           claim.quantities.end();
  });
}

bool asks_for(const std::vector<Claim>& claims, const Problem& problem) {
  return std::ranges::any_of(claims, [&](const Claim& claim) {
    return std::ranges::any_of(claim.quantities, [&](const ClaimQuantity& q) {
      return q.cases && q.cases->matches(problem);
    });
  });
}

// The suite `claims` without what no quantity of these claims asks for.
std::string suite_for(const std::vector<Claim>& claims) {
  const auto suites = built_in_suites();
  const auto whole = std::ranges::find(suites, suite_of_claims, &BuiltInSuite::name);
  std::istringstream lines{std::string(whole->text)};
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("set ")) text += line + "\n";
  }
  // A capacity is one of a device that has cases: one, the plainest that uses its memory.
  bool wants_read = asks_for_memory(claims);
  bool any = false;
  for (const Case& c : load_suite(std::string(suite_of_claims)).cases) {
    const bool reads =
        wants_read && c.problem.kernel == "stream" && key_text(c.problem, "op") == "read";
    wants_read = wants_read && !reads;
    if (!reads && !asks_for(claims, c.problem)) continue;
    any = true;
    // A case's name, in a suite's way of writing it.
    std::string line = problem_name(c.problem);
    std::ranges::replace(line, '/', ' ');
    std::ranges::replace(line, ':', '=');
    text += line + "\n";
  }
  if (!any) {
    throw usage_error("--measure: no case that can be measured would decide " +
                      (claims.size() == 1 ? "'" + claims.front().id + "'" : "these claims"));
  }
  return text;
}

// A name of its own: what was measured before stays.
std::string new_records() {
  std::array<char, 64> host{};
  gethostname(host.data(), host.size() - 1);
  const std::time_t now = std::time(nullptr);
  std::array<char, 32> date{};
  std::tm local{};
  std::strftime(date.data(), date.size(), "%Y-%m-%dT%H%M%S", localtime_r(&now, &local));
  return fmt::format("results/local/claims-{}-{}.json", host.data(), date.data());
}

// Libraries of vendors that the claims hold other backends against, and that take part only where they
// are named.
std::vector<std::string> comparators_of(const std::vector<Claim>& claims) {
  std::set<std::string> names;
  for (const Claim& claim : claims) {
    for (const ClaimQuantity& q : claim.quantities) {
      for (const std::string& name : q.native) {
        const BackendEntry* entry = find_backend(name);
        if (entry == nullptr || entry->by_default) continue;
        if (entry->make != nullptr) {
          names.insert(name);
        } else {
          std::cerr << "note: " << name << " isn't measured: " << entry->missing << "\n";
        }
      }
    }
  }
  return {names.begin(), names.end()};
}

// The user's devices, or those that run measures by itself, and beside them their vendors' libraries:
// as words for --device. Empty where what run does by itself is all.
std::vector<std::string> devices_for(const std::vector<Claim>& claims,
                                     const std::vector<std::string>& named) {
  const std::vector<std::string> comparators = comparators_of(claims);
  if (comparators.empty()) return named;
  WorkerSettings settings;
  settings.plugins = plugin_files({});
  const Inventory libraries = discover(comparators, settings);
  for (const Unavailable& each : libraries.unavailable) {
    const bool asked = std::ranges::find(comparators, each.backend) != comparators.end();
    if (asked) std::cerr << "note: " << each.backend << " isn't measured: " << each.reason << "\n";
  }
  if (libraries.devices.empty()) return named;
  const std::vector<std::string> selectors = split_selectors(named);
  const Selection chosen = select_devices(selectors, discover(backends_for(selectors), settings));
  std::vector<std::string> words = named;
  std::set<std::string> ids;
  std::set<std::string> hardware;
  for (const KnownDevice& device : chosen.devices) {
    ids.insert(device.id());
    hardware.insert(device.info.hardware);
    if (named.empty()) words.push_back(device.id());
  }
  for (const KnownDevice& device : libraries.devices) {
    const bool beside = hardware.contains(device.info.hardware) && !ids.contains(device.id()) &&
                        std::ranges::find(comparators, device.backend) != comparators.end();
    if (beside) words.push_back(device.id());
  }
  return words;
}

// Runs the cases; the code of the worst.
Exit run_cases(const std::vector<Claim>& claims, const MeasureOptions& options,
               const std::string& path) {
  std::vector<std::string> arguments = {
      "--suite", std::string(suite_of_claims), "--out", path, "--out-format", "json"};
  const std::string suite = path + ".suite";
  // The folder of our own choice is made; one that the user names is there.
  if (options.out.empty()) create_folder_of(path);
  check_writable(path);
  if (!options.whole_suite) {
    arguments[1] = suite;
    write_file(suite, suite_for(claims), "the suite");
  }
  for (const std::string& device : devices_for(claims, options.devices)) {
    arguments.insert(arguments.end(), {"--device", device});
  }
  if (!options.max_time.empty()) {
    arguments.insert(arguments.end(), {"--max-time", options.max_time});
  }
  Output table(STDERR_FILENO);
  std::error_code ignored;
  Exit code = Exit::pass;
  try {
    code = run_verb(arguments, table);
  } catch (...) {
    std::filesystem::remove(suite, ignored);
    throw;
  }
  std::filesystem::remove(suite, ignored);
  if (!std::filesystem::exists(path, ignored)) {
    throw Error(Error::Kind::internal, "measuring left no records: " + path);
  }
  std::cerr << "records: " << path << "\n";
  return code;
}

// Those of the named devices that have memory of their own: a processor's is the host's.
std::vector<std::string> accelerators_among(const std::vector<std::string>& names) {
  WorkerSettings settings;
  settings.plugins = plugin_files({});
  const std::vector<std::string> selectors = split_selectors(names);
  const Inventory inventory = discover(backends_for(selectors), settings);
  std::vector<std::string> ids;
  for (const KnownDevice& device : select_devices(selectors, inventory).devices) {
    if (!device.info.cpu && device.info.memory_bytes > 0) ids.push_back(device.id());
  }
  return ids;
}

// How much the memory of accelerators holds.
void measure_memory(const std::vector<std::string>& devices, const std::string& path,
                    MeasuredClaims& into) {
  Output table(STDERR_FILENO);
  try {
    std::vector<std::string> arguments = {"--out", path};
    std::vector<std::string> named;
    if (!devices.empty()) named = accelerators_among(devices);
    if (named.empty() && !devices.empty()) {
      std::cerr << "note: capacity: none of the named devices has memory of its own\n";
      return;
    }
    for (const std::string& id : named) arguments.insert(arguments.end(), {"--device", id});
    into.code = worse(into.code, capacity_verb(arguments, table));
    into.files.push_back(path);
  } catch (const Error& error) {
    std::cerr << "assay: capacity: " << error.what() << "\n";
  }
}

}  // namespace

MeasuredClaims measure_claims(const std::vector<Claim>& claims, const MeasureOptions& options) {
  const std::string path = options.out.empty() ? new_records() : options.out;
  MeasuredClaims measured{{path}, run_cases(claims, options, path)};
  if (measured.code != Exit::interrupted && asks_for_memory(claims)) {
    measure_memory(options.devices, path + ".capacity.json", measured);
  }
  return measured;
}

}  // namespace assay
