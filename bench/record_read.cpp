#include <charconv>
#include <limits>
#include <map>
#include <tuple>

#include "bench/record.hpp"
#include "bench/run_document.hpp"
#include "kernels/error.hpp"
#include "kernels/kernel.hpp"

namespace assay {
namespace {

using nlohmann::json;

// Deeper than anything that is written, shallow enough for every recursive walk.
constexpr int max_depth = 64;

[[noreturn]] void refuse(const std::string& message) { throw Error(Error::Kind::file, message); }

// A value and where it stands, so that an error can name the place.
class Field {
 public:
  Field(const json& value, std::string path) : value_(value), path_(std::move(path)) {}

  [[nodiscard]] const json& value() const { return value_; }
  [[nodiscard]] const std::string& path() const { return path_; }

  [[nodiscard]] Field at(const std::string& key) const {
    if (!value_.is_object()) wrong_type("an object");
    const auto found = value_.find(key);
    const std::string path = path_.empty() ? key : path_ + "." + key;
    if (found == value_.end()) refuse(path + " is missing");
    return {*found, path};
  }
  [[nodiscard]] bool has(const std::string& key) const { return value_.contains(key); }
  [[nodiscard]] std::vector<Field> elements() const {
    if (!value_.is_array()) wrong_type("an array");
    std::vector<Field> fields;
    for (std::size_t i = 0; i < value_.size(); ++i) {
      fields.emplace_back(value_[i], path_ + "[" + std::to_string(i) + "]");
    }
    return fields;
  }

  [[nodiscard]] std::string string() const {
    if (!value_.is_string()) wrong_type("a string");
    return value_.get<std::string>();
  }
  // null is written for what isn't finite.
  [[nodiscard]] double number() const {
    if (value_.is_null()) return std::numeric_limits<double>::infinity();
    if (!value_.is_number()) wrong_type("a number");
    return value_.get<double>();
  }
  [[nodiscard]] std::int64_t integer() const {
    const bool too_large =
        value_.is_number_unsigned() &&
        value_.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()};
    if (!value_.is_number_integer() || too_large) wrong_type("an integer");
    return value_.get<std::int64_t>();
  }
  [[nodiscard]] bool boolean() const {
    if (!value_.is_boolean()) wrong_type("true or false");
    return value_.get<bool>();
  }
  // Decimal digits in a string: many readers of JSON numbers keep only 53 bits.
  [[nodiscard]] std::uint64_t digits() const {
    const std::string text = string();
    std::uint64_t result = 0;
    const auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), result);
    if (code != std::errc{} || stop != text.data() + text.size()) {
      refuse(path_ + " must be decimal digits of at most 64 bits, is '" + text + "'");
    }
    return result;
  }

 private:
  [[noreturn]] void wrong_type(const std::string& wanted) const {
    refuse((path_.empty() ? "the document" : path_) + " must be " + wanted + ", is " +
           (value_.is_null() ? "null" : std::string("of type ") + value_.type_name()));
  }

  const json& value_;
  std::string path_;
};

PairedCeiling read_ceiling(const Field& field) {
  PairedCeiling ceiling;
  ceiling.name = field.at("name").string();
  ceiling.device = field.at("device").string();
  const Field rates = field.at("rates");
  for (const Field& rate : rates.elements()) ceiling.rates.push_back(rate.number());
  if (ceiling.rates.empty()) refuse(rates.path() + " must not be empty");
  if (field.has("bytes")) ceiling.bytes = field.at("bytes").integer();
  if (field.has("disturbed")) ceiling.disturbed = field.at("disturbed").boolean();
  return ceiling;
}

Energy read_energy(const Field& field) {
  Energy energy;
  if (field.has("missing")) {
    energy.missing = field.at("missing").string();
    return energy;
  }
  energy.joules = field.at("joules").number();
  energy.watts = field.at("watts").number();
  energy.source = field.at("source").string();
  if (!(energy.joules > 0)) refuse(field.path() + ".joules must be more than 0");
  return energy;
}

Launch read_launch(const Field& field) {
  Launch launch;
  launch.index = field.at("launch").integer();
  launch.seed = field.at("seed").digits();
  for (const Field& sample : field.at("samples_ns").elements()) {
    launch.samples_ns.push_back(sample.number());
  }
  launch.calls_per_sample = field.at("calls_per_sample").integer();
  if (field.has("device_ns")) launch.device_ns = field.at("device_ns").number();
  if (field.has("host_call_ns")) launch.host_call_ns = field.at("host_call_ns").number();
  launch.cpu_ns = field.at("cpu_ns").number();
  launch.compile_ms = field.at("compile_ms").number();
  launch.pack_ms = field.at("pack_ms").number();
  launch.first_call_ms = field.at("first_call_ms").number();
  launch.ring = field.at("ring").integer();
  launch.checked = field.at("checked").string();
  launch.error = field.at("error").number();
  launch.max_abs_error = field.at("absolute_error").number();
  if (field.has("ceilings")) {
    const Field ceilings = field.at("ceilings");
    if (ceilings.has("alu")) launch.ceilings.alu = read_ceiling(ceilings.at("alu"));
    if (ceilings.has("memory")) launch.ceilings.memory = read_ceiling(ceilings.at("memory"));
    if (ceilings.has("copy")) launch.ceilings.copy = read_ceiling(ceilings.at("copy"));
    if (ceilings.has("missing")) launch.ceilings.missing = ceilings.at("missing").string();
  }
  if (field.has("energy")) launch.energy = read_energy(field.at("energy"));
  return launch;
}

// A kernel that this build doesn't know keeps its parameters, without tensors.
Problem read_problem(const Field& field) {
  Problem problem;
  problem.kernel = field.at("kernel").string();
  const Kernel* kernel = find_kernel(problem.kernel);
  const Field parameters = field.at("parameters");
  if (!parameters.value().is_object()) refuse(parameters.path() + " must be an object");
  Parameters given;
  for (const auto& item : parameters.value().items()) {
    const Field value = parameters.at(item.key());
    if (value.value().is_string()) {
      problem.words.emplace_back(item.key(), value.string());
      given.emplace_back(item.key(), value.string());
    } else {
      problem.integers.emplace_back(item.key(), value.integer());
      given.emplace_back(item.key(), std::to_string(value.integer()));
    }
  }
  if (kernel == nullptr) return problem;
  try {
    return make_problem(*kernel, given);
  } catch (const Error& error) {
    refuse(parameters.path() + ": " + error.what());
  }
}

Record read_record(const Field& field) {
  Record record;
  record.name = field.at("case").string();
  record.problem = read_problem(field);
  record.backend = field.at("backend").string();
  record.device = field.at("device").string();
  record.device_name = field.at("device_name").string();
  record.vendor = field.at("vendor").string();
  record.hardware = field.at("hardware").string();
  record.variant = field.at("variant").string();
  record.implementation = field.at("implementation").string();
  const Field status = field.at("status");
  const std::optional<Status> known = parse_status(status.string());
  if (!known) refuse(status.path() + ": unknown status '" + status.string() + "'");
  record.status = *known;
  record.reason = field.at("reason").string();
  record.detail = field.at("detail").string();
  for (const Field& label : field.at("labels").elements()) record.labels.push_back(label.string());
  const Field work = field.at("work");
  record.work.flops = work.at("flops").number();
  record.work.bytes_read = work.at("bytes_read").number();
  record.work.bytes_written = work.at("bytes_written").number();
  record.repro = field.at("repro").string();
  return record;
}

void check_schema(const Field& root) {
  if (!root.value().is_object()) refuse("not a result file: the document is no JSON object");
  if (!root.has("assay_schema")) {
    if (root.has("benchmarks")) {
      refuse("this is Google Benchmark's JSON, not written by assay ('assay_schema' is missing)");
    }
    refuse("not a result file: 'assay_schema' is missing");
  }
  const std::int64_t schema = root.at("assay_schema").integer();
  if (schema != schema_version) {
    refuse("assay_schema is " + std::to_string(schema) + "; this program reads " +
           std::to_string(schema_version));
  }
}

}  // namespace

RunDocument from_json(const json& value) {
  const Field root(value, "");
  check_schema(root);
  RunDocument document;
  const Field context = root.at("context");
  if (!context.value().is_object()) refuse("context must be an object");
  document.context = context.value();
  // The launches of a case are one record, wherever they stand in the file.
  std::map<std::tuple<std::string, std::int64_t, std::int64_t>, std::size_t> places;
  for (const Field& entry : root.at("benchmarks").elements()) {
    if (!entry.has("assay")) {
      if (entry.at("run_type").string() == "aggregate") continue;
      refuse(entry.path() + ".assay is missing");
    }
    const Field ours = entry.at("assay");
    const auto [place, added] =
        places.try_emplace({ours.at("case").string(), entry.at("family_index").integer(),
                            entry.at("per_family_instance_index").integer()},
                           document.records.size());
    if (added) document.records.push_back(read_record(ours));
    Record& record = document.records[place->second];
    if (!ours.has("launches")) {
      record.launches.push_back(read_launch(ours));
      continue;
    }
    for (const Field& launch : ours.at("launches").elements()) {
      record.launches.push_back(read_launch(launch));
    }
  }
  return document;
}

RunDocument parse_run_document(std::string_view text) {
  const json::parser_callback_t limit = [](int depth, json::parse_event_t, json&) {
    if (depth > max_depth) refuse("not a result file: nested too deeply");
    return true;
  };
  try {
    return from_json(json::parse(text, limit));
  } catch (const json::exception& error) {
    const std::string what = error.what();
    const std::size_t bracket = what.find("] ");
    refuse("not JSON: " + (bracket == std::string::npos ? what : what.substr(bracket + 2)));
  }
}

}  // namespace assay
