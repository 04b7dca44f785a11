#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bench/atomic_file.hpp"
#include "bench/cli/absent.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/common.hpp"
#include "bench/cli/interrupt.hpp"
#include "bench/environment.hpp"
#include "bench/json_text.hpp"
#include "bench/plugin_files.hpp"
#include "bench/quantity.hpp"
#include "bench/reporters/text.hpp"
#include "bench/select.hpp"
#include "bench/worker/memory.hpp"
#include "bench/worker_client.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr const char* footer =
    R"(Buffers with different random contents fill the device's memory, then all are read back and compared.
The label on a box is no measurement; this is what a claim about capacity rests on. Without --device it
fills accelerators only; a processor's memory is the host's, of which it leaves a tenth of what is free.

Examples:
  assay capacity --device gpu --out capacity.json
  assay verdict mi300x-memory-density-2p4x --records run.json --records capacity.json)";

struct Options {
  std::vector<std::string> devices, plugins;
  std::string share = "95%", format = "console", out;
};

struct Filled {
  KnownDevice device;
  std::int64_t asked = 0;
  double seconds = 0;
  protocol::Capacity::Reply reply;
};

// What may be asked of it: a share of what the driver says, of a processor no more than is free.
std::int64_t bytes_to_ask(const DeviceInfo& device, double share) {
  const double wanted = share * static_cast<double>(device.memory_bytes);
  constexpr double left_to_others = 0.9;
  const double free = left_to_others * static_cast<double>(available_host_memory());
  return static_cast<std::int64_t>(device.cpu ? std::min(wanted, free) : wanted);
}

std::int64_t block_of(const DeviceInfo& device) {
  constexpr std::int64_t gibibyte = std::int64_t{1} << 30U;
  const std::int64_t most = device.max_allocation_bytes;
  return most > 0 ? std::min(most, gibibyte) : gibibyte;
}

Filled fill(const KnownDevice& device, double share, const WorkerSettings& settings,
            const std::atomic<bool>& interrupted) {
  Filled filled{device, bytes_to_ask(device.info, share), 0, {}};
  if (filled.asked < 1) {
    filled.reply.reason = "the driver doesn't say how much memory there is";
    return filled;
  }
  WorkerClient worker(settings, &interrupted);
  worker.greet(device.plugin);
  // A link of 0.2 GB/s, there and back.
  const double slowest_s = 2 * static_cast<double>(filled.asked) / 0.2e9;
  const auto begin = std::chrono::steady_clock::now();
  filled.reply = worker.ask(protocol::Capacity{device.id(), filled.asked, block_of(device.info), 1},
                            slowest_s);
  filled.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  worker.quit();
  return filled;
}

void print(const Filled& f, Output& out) {
  const auto label = static_cast<double>(f.device.info.memory_bytes);
  const auto verified = static_cast<double>(f.reply.verified_bytes);
  out << f.device.id() << "  " << printable(f.device.info.name) << "\n  the driver says "
      << size_text(label) << "; asked for " << size_text(static_cast<double>(f.asked)) << "\n";
  if (!f.reply.passed) {
    out << "  " << (f.reply.buffers > 0 ? "WRONG: " : "not filled: ") << printable(f.reply.reason)
        << "\n";
    return;
  }
  out << fmt::format(
      "  written, read back and right at the same time: {} in {} buffers, {:.0f} % "
      "of what the driver says, in {:.1f} s\n",
      size_text(verified), f.reply.buffers, 100 * verified / label, f.seconds);
  if (!f.reply.stopped.empty())
    out << "  no more than that: " << printable(f.reply.stopped) << "\n";
}

nlohmann::json filled_json(const Filled& f) {
  return {{"device", f.device.id()},
          {"device_name", f.device.info.name},
          {"vendor", f.device.info.vendor},
          {"hardware", f.device.info.hardware},
          {"memory_bytes", f.device.info.memory_bytes},
          {"asked_bytes", f.asked},
          {"verified_bytes", f.reply.verified_bytes},
          {"buffers", f.reply.buffers},
          {"passed", f.reply.passed},
          {"reason", f.reply.reason},
          {"stopped", f.reply.stopped},
          {"seconds", f.seconds}};
}

// Those that are named; without names what has memory of its own.
std::vector<KnownDevice> chosen(const Selection& selected, bool named) {
  std::vector<KnownDevice> devices;
  for (const KnownDevice& device : selected.devices) {
    if (named || (!device.info.cpu && !device.info.software && device.info.memory_bytes > 0)) {
      devices.push_back(device);
    }
  }
  if (devices.empty() && selected.missing.empty() && selected.lost.empty()) {
    throw Error(Error::Kind::device,
                "no accelerator here; --device onednn:0 fills a processor's memory");
  }
  return devices;
}

}  // namespace

Exit capacity_verb(Arguments arguments, Output& out) {
  Options options;
  Command command("capacity", "How much of a device's memory holds what is written there.", footer);
  command.texts("--device,-d", options.devices, "which: commas or repeated [accelerators]",
                "DEVICE");
  command.text("--share", options.share, "of what the driver says, at most [95%]", "FRACTION");
  command.text("--format", options.format, "on stdout: console, json [console]", "WORD");
  command.text("--out,-o", options.out, "write the JSON document to a file", "FILE");
  add_plugin_option(command, options.plugins);
  if (!command.parse(arguments, out)) return Exit::pass;
  const bool as_json = wants_json(options.format);
  const double share = parse_fraction("--share", options.share);
  if (!options.out.empty()) check_writable(options.out);
  WorkerSettings settings;
  settings.plugins = plugin_files(options.plugins);
  const std::vector<std::string> selectors = split_selectors(options.devices);
  check_selectors(selectors, !settings.plugins.empty());
  const Inventory inventory = discover(backends_for(selectors), settings);
  note_rejected_plugins(inventory, std::cerr);
  const Selection selected = select_devices(selectors, inventory);
  const std::vector<Absent> absent = absent_of(selected);
  const std::vector<KnownDevice> devices = chosen(selected, !selectors.empty());
  nlohmann::json document = {{"assay_capacity", 1},
                             {"context", environment(inventory)},
                             {"devices", nlohmann::json::array()},
                             {"absent", absent_json(absent)}};
  Interrupt interrupt;
  Exit code = exit_code_of(absent);
  for (const KnownDevice& device : devices) {
    Filled filled{device, 0, 0, {}};
    try {
      filled = fill(device, share, settings, interrupt.flag());
      if (!filled.reply.passed) {
        code = worse(code, filled.reply.buffers > 0 ? Exit::wrong : Exit::failed);
      }
    } catch (const WorkerFailure& failure) {
      filled.reply.reason = failure.what();
      code = worse(code, Exit::failed);
    } catch (const Interrupted&) {
      code = Exit::interrupted;
      break;
    }
    document["devices"].push_back(filled_json(filled));
    if (!as_json) print(filled, out);
  }
  if (as_json) {
    out << pretty(writable(document));
  } else {
    report_absent(absent, out);
  }
  if (!options.out.empty()) write_file(options.out, pretty(writable(document)), "the capacities");
  return code;
}

}  // namespace assay
