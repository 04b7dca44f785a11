#include "bench/cli/verify_worker.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <vector>

#include <nlohmann/json.hpp>

#include "backends/host.hpp"
#include "backends/list.hpp"
#include "backends/plugin/host.hpp"
#include "bench/check.hpp"
#include "bench/cli/cli.hpp"
#include "bench/cli/output.hpp"
#include "bench/json_text.hpp"
#include "bench/npy.hpp"
#include "bench/process.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

// What has been computed and can't be kept is no mistake of the user's.
void write_output(const std::filesystem::path& path, const TensorSpec& spec,
                  std::span<const std::byte> data) {
  try {
    write_npy(path, spec, data);
  } catch (const Error& error) {
    throw OutputFailed(error.kind(), error.what());
  }
}

std::unique_ptr<Backend> make_backend(std::string_view name, const std::string& plugin) {
  if (!plugin.empty()) return plugin::load_plugin(plugin).backend;
  const BackendEntry* entry = find_backend(name);
  if (entry == nullptr || entry->make == nullptr) {
    throw usage_error("no backend '" + std::string(name) + "' in this program");
  }
  return entry->make();
}

}  // namespace

Verified run_on_files(const Case& c, const std::string& folder, const std::string& plugin) {
  const std::size_t colon = c.device.find(':');
  if (colon == std::string::npos) throw usage_error("'" + c.device + "' must be like onednn:0");
  const auto backend = make_backend(c.device.substr(0, colon), plugin);
  const auto device = backend->open(c.device.substr(colon + 1));
  if (const Support support = device->supports(c.problem, c.variant); !support) {
    return {{}, support.reason};
  }
  std::vector<std::unique_ptr<Buffer>> owned;
  std::vector<Buffer*> buffers;
  for (const TensorSpec& spec : c.problem.tensors) {
    HostBuffer host(spec.bytes());
    const std::span<std::byte> data(host.data(), host.size());
    if (spec.role == Role::output) {
      poison(data, spec.dtype);
    } else {
      read_npy(std::filesystem::path(folder) / (spec.name + ".npy"), spec, data);
    }
    buffers.push_back(owned.emplace_back(device->allocate(data.size())).get());
    device->copy_in(*buffers.back(), data);
  }
  const auto prepared = device->prepare(c.problem, c.variant);
  const auto bound = prepared->bind(buffers);
  const auto queue = device->queue();
  Bound* const ring[] = {bound.get()};
  queue->submit(ring, 1);
  (void)queue->wait();
  HostBuffer host(c.problem.output().bytes());
  device->copy_out(*buffers.back(), {host.data(), host.size()});
  write_output(std::filesystem::path(folder) / (c.problem.output().name + ".npy"),
               c.problem.output(), {host.data(), host.size()});
  return {prepared->implementation(), {}};
}

// Answers with one JSON line: {"implementation": …}, {"unsupported": …}, or {"kind": …,
// "error": …, "detail": …}, with "output_failed" where it is the output that couldn't be written.
Exit verify_worker_verb(Arguments arguments, Output& /*out*/) {
  if (arguments.size() != 2 && arguments.size() != 3) {
    throw usage_error("assay verify-worker CASE FOLDER [PLUGIN]");
  }
  ::fcntl(Process::child_out, F_SETFD, FD_CLOEXEC);
  nlohmann::json reply;
  try {
    const Verified verified = run_on_files(parse_case(arguments[0]), arguments[1],
                                           arguments.size() > 2 ? arguments[2] : "");
    reply["implementation"] = verified.implementation;
    if (!verified.unsupported.empty()) reply["unsupported"] = verified.unsupported;
  } catch (const OutputFailed& error) {
    reply = {{"kind", error.kind()}, {"error", error.what()}, {"output_failed", true}};
  } catch (const Error& error) {
    reply = {{"kind", error.kind()}, {"error", error.what()}, {"detail", error.detail()}};
  }
  const std::string line = writable(reply).dump() + "\n";
  const auto written = ::write(Process::child_out, line.data(), line.size());
  return written == static_cast<ssize_t>(line.size()) ? Exit::pass : Exit::internal;
}

}  // namespace assay
