#include "bench/worker/protocol.hpp"

#include "bench/worker/json_fields.hpp"

namespace assay::protocol {
namespace {

// The fields of each message, for Writer and Reader alike: `m` is const for the one, not for the
// other.
template <class V>
void fields(V& visit, auto& m, const Hello*) {
  visit("protocol", m.protocol);
  visit("build", m.build);
}
template <class V>
void fields(V& visit, auto& m, const Hello::Reply*) {
  visit("protocol", m.protocol);
  visit("build", m.build);
}
template <class V>
void fields(V& visit, auto& m, const Load*) {
  visit("file", m.file);
}
template <class V>
void fields(V& visit, auto& m, const Load::Reply*) {
  visit("backend", m.backend);
  visit("summary", m.summary);
  visit("version", m.version);
}
template <class V>
void fields(V& visit, auto& m, const Parts*) {
  visit("backend", m.backend);
}
template <class V>
void fields(V& visit, auto& m, const Parts::Reply*) {
  visit("parts", m.parts);
}
template <class V>
void fields(V& visit, auto& m, const Devices*) {
  visit("backend", m.backend);
  visit("part", m.part);
}
template <class V>
void fields(V& visit, auto& m, const Devices::Reply*) {
  visit("devices", m.enumeration.devices);
  visit("unavailable", m.enumeration.unavailable);
}
template <class V>
void fields(V& visit, auto& m, const Supports*) {
  visit("case", m.case_name);
}
template <class V>
void fields(V& visit, auto& m, const Supports::Reply*) {
  visit("supported", m.support.supported);
  visit("reason", m.support.reason);
}
template <class V>
void fields(V& visit, auto& m, const Probe*) {
  visit("device", m.device);
}
template <class V>
void fields(V& visit, auto& m, const Probe::Reply*) {
  visit("verdicts", m.verdicts);
}
template <class V>
void fields(V& visit, auto& m, const Tune*) {
  visit("case", m.case_name);
  visit("best", m.best);
}
template <class V>
void fields(V& visit, auto& m, const Tune::Reply*) {
  visit("key", m.key);
  visit("variants", m.variants);
}
template <class V>
void fields(V& visit, auto& m, const Prepare*) {
  visit("case", m.case_name);
  visit("seed", m.seed);
  visit("fill", m.fill);
  visit.later("slot", m.slot);
}
template <class V>
void fields(V& visit, auto& m, const Prepare::Reply*) {
  visit("skipped", m.skipped);
  visit("implementation", m.implementation);
  visit.optional("labels", m.labels);
  visit("compile_ms", m.compile_ms);
  visit("pack_ms", m.pack_ms);
  visit("ring", m.ring);
  visit("ring_bytes", m.ring_bytes);
  visit("ring_capped", m.ring_capped);
  visit.later("path", m.path);
}
template <class V>
void fields(V& visit, auto& m, const Verify*) {
  visit("timed", m.timed);
  visit.later("slot", m.slot);
}
template <class V>
void fields(V& visit, auto& m, const Verify::Reply*) {
  visit("passed", m.passed);
  visit("checked", m.checked);
  visit("reason", m.reason);
  visit("error", m.error);
  visit("max_abs_error", m.max_abs_error);
  visit("worst_index", m.worst_index);
  visit("outputs", m.outputs);
  visit("first_call_ms", m.first_call_ms);
  visit("call_ms", m.call_ms);
  visit.later("labels", m.labels);
}
template <class V>
void fields(V& visit, auto& m, const WarmUp*) {
  visit("max_s", m.max_s);
  visit("sample_ns", m.sample_ns);
  visit.later("slot", m.slot);
}
template <class V>
void fields(V& visit, auto& m, const WarmUp::Reply*) {
  visit("call_ns", m.call_ns);
  visit("host_call_ns", m.host_call_ns);
  visit("calls_per_sample", m.calls_per_sample);
  visit("stationary", m.stationary);
  visit("flushes_denormals", m.flushes_denormals);
}
template <class V>
void fields(V& visit, auto& m, const Sample*) {
  visit("n", m.n);
  visit("calls", m.calls);
  visit.later("slot", m.slot);
  visit.later("energy", m.energy);
  visit.later("waiting", m.waiting);
}
template <class V>
void fields(V& visit, auto& m, const Sample::Reply*) {
  visit("wall_ns", m.wall_ns);
  visit("device_ns", m.device_ns);
  visit("cpu_ns", m.cpu_ns);
  visit.later("joules", m.joules);
  visit.later("energy_source", m.energy_source);
  visit.later("energy_missing", m.energy_missing);
  visit.later("waited_ns", m.waited_ns);
}
template <class V>
void fields(V& visit, auto& m, const Conform*) {
  visit("case", m.case_name);
  visit("check", m.check);
}
template <class V>
void fields(V& visit, auto& m, const Conform::Reply*) {
  visit("supported", m.supported);
  visit("passed", m.passed);
  visit("reason", m.reason);
}
template <class V>
void fields(V& visit, auto& m, const Release*) {
  visit.later("slot", m.slot);
}
template <class V>
void fields(V&, auto&, const Release::Reply*) {}
template <class V>
void fields(V&, auto&, const Quit*) {}
template <class V>
void fields(V&, auto&, const Quit::Reply*) {}
template <class V>
void fields(V& visit, auto& m, const Transfer*) {
  visit("case", m.case_name);
  visit("bytes", m.bytes);
}
template <class V>
void fields(V& visit, auto& m, const Transfer::Reply*) {
  visit("to_device_ns", m.to_device_ns);
  visit("from_device_ns", m.from_device_ns);
}
template <class V>
void fields(V& visit, auto& m, const Capacity*) {
  visit("device", m.device);
  visit("bytes", m.bytes);
  visit("block", m.block);
  visit("seed", m.seed);
}
template <class V>
void fields(V& visit, auto& m, const Capacity::Reply*) {
  visit("verified_bytes", m.verified_bytes);
  visit("buffers", m.buffers);
  visit("passed", m.passed);
  visit("reason", m.reason);
  visit("stopped", m.stopped);
}
template <class V>
void fields(V& visit, auto& m, const Failure*) {
  visit("kind", m.kind);
  visit("message", m.message);
  visit("detail", m.detail);
}

// Names, each in its variant's order.
constexpr std::array<std::string_view, std::variant_size_v<Request>> request_names = {
    "hello",  "load",    "parts",  "devices", "supports", "probe", "tune",     "prepare",
    "verify", "warm_up", "sample", "conform", "release",  "quit",  "transfer", "capacity"};
constexpr std::string_view failure_name = "error";

template <class Body>
std::string line_of(const Message<Body>& message, const char* direction) {
  Json object = Json::object();
  object["id"] = message.id;
  object[direction] = name(message.body);
  std::visit(
      [&](const auto& body) {
        Writer writer(object);
        fields(writer, body, &body);
      },
      message.body);
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The alternative of Body with that name, read from the object.
template <class Body, std::size_t index = 0>
Body read_body(std::string_view word, const Json& object) {
  if constexpr (index == std::variant_size_v<Body>) {
    throw Error(Error::Kind::internal, "unknown message '" + std::string(word.substr(0, 40)) + "'");
  } else {
    std::variant_alternative_t<index, Body> body;
    if (name(Body(body)) != word) return read_body<Body, index + 1>(word, object);
    Reader reader(object);
    fields(reader, body, &body);
    return body;
  }
}

template <class Body>
Message<Body> parse(std::string_view line, const char* direction) {
  const std::string what = std::string("not a ") + direction + ": ";
  if (line.size() > longest_line) throw Error(Error::Kind::internal, what + "too long");
  const Json object = Json::parse(line, nullptr, false);
  if (!object.is_object()) throw Error(Error::Kind::internal, what + "no JSON object");
  try {
    Reader reader(object);
    Message<Body> message;
    std::string word;
    reader("id", message.id);
    reader(direction, word);
    message.body = read_body<Body>(word, object);
    return message;
  } catch (const Error& error) {
    throw Error(Error::Kind::internal, what + error.what());
  }
}

}  // namespace

std::string_view name(const Request& request) { return request_names.at(request.index()); }

std::string_view name(const Reply& reply) {
  return reply.index() == 0 ? failure_name : request_names.at(reply.index() - 1);
}

std::string to_line(const Message<Request>& message) { return line_of(message, "request"); }
std::string to_line(const Message<Reply>& message) { return line_of(message, "reply"); }

Message<Request> parse_request(std::string_view line) { return parse<Request>(line, "request"); }
Message<Reply> parse_reply(std::string_view line) { return parse<Reply>(line, "reply"); }

}  // namespace assay::protocol
