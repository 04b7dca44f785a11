#include "bench/worker/session.hpp"

#include <algorithm>
#include <new>
#include <string_view>

#include "backends/list.hpp"
#include "backends/plugin/convert.hpp"
#include "bench/case.hpp"
#include "bench/worker/capacity.hpp"
#include "bench/worker/delayed.hpp"
#include "bench/worker/sampling.hpp"

#include "bench/conformance/conform.hpp"
#include "bench/conformance/lifecycle.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

constexpr std::size_t longest_detail = std::size_t{64} << 10U;

protocol::Failure failure(Error::Kind kind, std::string_view message, std::string_view detail) {
  return {kind, std::string(message), std::string(detail.substr(0, longest_detail))};
}

// The words of device selectors, and the backends that are built in. A known backend that isn't
// may come as a plugin.
bool is_taken(std::string_view name) {
  const BackendEntry* entry = find_backend(name);
  return name == "all" || name == "cpu" || name == "gpu" || name == "plugin" ||
         (entry != nullptr && entry->make != nullptr);
}

}  // namespace

protocol::Reply Session::answer(const protocol::Request& request) {
  try {
    return std::visit([this](const auto& body) -> protocol::Reply { return on(body); }, request);
  } catch (const Error& error) {
    return failure(error.kind(), error.what(), error.detail());
  } catch (const std::bad_alloc&) {
    return failure(Error::Kind::memory, "out of host memory", "");
  } catch (const std::exception& error) {
    return failure(Error::Kind::internal, error.what(), "");
  } catch (...) {
    return failure(Error::Kind::internal, "something that is no exception was thrown", "");
  }
}

protocol::Hello::Reply Session::on(const protocol::Hello& request) {
  // A newer orchestrator may still understand this version: it decides.
  if (request.protocol < protocol::oldest_version) {
    throw Error(Error::Kind::internal, "protocol " + std::to_string(request.protocol) +
                                           " isn't understood, only " +
                                           std::to_string(protocol::oldest_version) + " to " +
                                           std::to_string(protocol::version));
  }
  return {std::min(request.protocol, protocol::version), ASSAY_VERSION};
}

protocol::Load::Reply Session::on(const protocol::Load& request) {
  if (plugin_) throw Error(Error::Kind::internal, "a worker loads one plugin only");
  plugin::Plugin loaded = plugin::load_plugin(request.file);
  if (is_taken(loaded.name)) {
    throw Error(Error::Kind::device,
                request.file + ": its name '" + loaded.name + "' is taken by assay itself");
  }
  plugin_ = std::move(loaded);
  return {plugin_->name, plugin_->summary, plugin_->version};
}

protocol::Parts::Reply Session::on(const protocol::Parts& request) {
  return {backend(request.backend).parts()};
}

protocol::Devices::Reply Session::on(const protocol::Devices& request) {
  return {backend(request.backend).enumerate(request.part)};
}

protocol::Supports::Reply Session::on(const protocol::Supports& request) {
  const Case c = parse_case(request.case_name);
  return {device(c.device).supports(c.problem, c.variant)};
}

protocol::Probe::Reply Session::on(const protocol::Probe& request) {
  return {device(request.device).probe()};
}

protocol::Tune::Reply Session::on(const protocol::Tune& request) {
  const Case c = parse_case(request.case_name);
  Tunable tunable = device(c.device).tunable(c.problem, request.best);
  return {std::move(tunable.key), std::move(tunable.variants)};
}

protocol::Prepare::Reply Session::on(const protocol::Prepare& request) {
  if (request.slot < 0 || request.slot >= protocol::slots) {
    throw Error(Error::Kind::internal, "slot " + std::to_string(request.slot) + " is out of range");
  }
  workloads_.erase(request.slot);
  const Case c = parse_case(request.case_name);
  protocol::Prepare::Reply reply;
  auto prepared = Workload::prepare(device(c.device), c, request, affinity_, reply);
  if (!prepared) return reply;
  if (request.slot == 0) {
    if (!sensors_) sensors_ = find_sensors(device(c.device).info());
    prepared->watch(*sensors_);
  }
  workloads_[request.slot] = std::move(prepared);
  return reply;
}

protocol::Verify::Reply Session::on(const protocol::Verify& request) {
  return workload(request.slot).verify(request);
}

protocol::WarmUp::Reply Session::on(const protocol::WarmUp& request) {
  return workload(request.slot).warm_up(request);
}

protocol::Sample::Reply Session::on(const protocol::Sample& request) {
  constexpr std::int64_t most = 100'000'000;
  if (request.n < 1 || request.calls < 1 || request.n > most ||
      request.calls > protocol::most_calls) {
    throw Error(Error::Kind::internal, "a number of samples or calls out of range");
  }
  return workload(request.slot).sample(request);
}

protocol::Conform::Reply Session::on(const protocol::Conform& request) {
  workloads_.clear();
  const Case c = parse_case(request.case_name);
  Device& opened = device(c.device);
  if (request.check == "answers") {
    const Conformance result = conform(opened, c.problem, c.variant);
    return {result.supported, result.passed, plugin::one_line(result.reason.c_str())};
  }
  const LifecycleCheck* const check = find_lifecycle_check(request.check);
  if (check == nullptr) {
    throw Error(Error::Kind::internal, "unknown check '" + request.check + "'");
  }
  const std::size_t colon = c.device.find(':');
  const std::string reason = run_lifecycle_check(*check, backend(c.device.substr(0, colon)),
                                                 c.device.substr(colon + 1), c.problem);
  return {true, reason.empty(), plugin::one_line(reason.c_str())};
}

protocol::Release::Reply Session::on(const protocol::Release& request) {
  workloads_.erase(request.slot);
  return {};
}

protocol::Quit::Reply Session::on(const protocol::Quit&) { return {}; }

protocol::Transfer::Reply Session::on(const protocol::Transfer& request) {
  constexpr std::int64_t most = std::int64_t{1} << 30U;
  if (request.bytes < 1 || request.bytes > most) {
    throw Error(Error::Kind::internal, "a number of bytes out of range");
  }
  return time_transfers(device(parse_case(request.case_name).device),
                        static_cast<std::size_t>(request.bytes));
}

protocol::Capacity::Reply Session::on(const protocol::Capacity& request) {
  constexpr std::int64_t most = std::int64_t{1} << 50U;
  if (request.bytes < 1 || request.bytes > most || request.block < 1 || request.block > most) {
    throw Error(Error::Kind::internal, "a number of bytes out of range");
  }
  workloads_.clear();
  return fill_memory(device(request.device), request);
}

Backend& Session::backend(const std::string& name) {
  if (plugin_ && plugin_->name == name) return *plugin_->backend;
  if (backend_ && backend_->name() == name) return *backend_;
  const BackendEntry* entry = find_backend(name);
  if (entry == nullptr) {
    std::vector<std::string_view> known;
    for (const BackendEntry& each : backend_list()) known.push_back(each.name);
    throw usage_error(unknown_word("backend", name, known));
  }
  if (entry->make == nullptr) {
    throw Error(Error::Kind::device, name + " isn't built in: " + std::string(entry->missing));
  }
  workloads_.clear();
  device_.reset();
  sensors_.reset();
  opened_.clear();
  backend_ = entry->make();
  return *backend_;
}

Device& Session::device(const std::string& id) {
  if (device_ && opened_ == id) return *device_;
  const std::size_t colon = id.find(':');
  if (colon == std::string::npos) throw usage_error("'" + id + "' is no backend:ordinal");
  workloads_.clear();
  device_.reset();
  sensors_.reset();
  device_ = delayed_by_environment(backend(id.substr(0, colon)).open(id.substr(colon + 1)));
  opened_ = id;
  return *device_;
}

Workload& Session::workload(std::int64_t slot) {
  const auto found = workloads_.find(slot);
  if (found == workloads_.end()) throw Error(Error::Kind::internal, "no case is prepared");
  return *found->second;
}

}  // namespace assay
