#include "bench/model/estimate.hpp"

#include <nlohmann/json.hpp>

#include "bench/cli/cli.hpp"
#include "bench/cli/command.hpp"
#include "bench/cli/common.hpp"
#include "bench/cli/evidence_files.hpp"
#include "bench/json_text.hpp"
#include "bench/model/estimate_text.hpp"
#include "bench/quantity.hpp"
#include "bench/reporters/text.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

constexpr const char* footer =
    R"(A model's layers are matmuls and attention; each takes the time that was measured for that very
case, or at least what the device's measured ceilings allow: then the sum is an upper bound on speed.
Where there are no ceilings either, the best rates measured at other sizes stand in: an estimate.
The records should hold `assay run --suite llm-decode` or `llm-prefill` of the device.

Examples:
  assay estimate --model llama-3-8b --records run.json
  assay estimate --model llama-3-8b --weights s4 --context 8192 --records results/
  assay estimate --model ./config.json --device EPYC --records run.json
  assay estimate --model llama-3-8b --watts 120 --price 1500 --energy-price 0.25 --records run.json)";

constexpr std::int64_t most_tokens = 1 << 22;

}  // namespace

Exit estimate_verb(Arguments arguments, Output& out) {
  std::string model;
  std::string device;
  std::vector<std::string> records;
  std::string prompt = "512";
  std::string context = "1024";
  std::string batch = "1";
  std::string format = "console";
  std::string watts;
  std::string price;
  std::string years;
  std::string energy_price;
  EstimateOptions options;
  options.weights.clear();
  Command command("estimate", "A whole model's speed and memory, from measured kernels.", footer);
  command.text("--model,-m", model,
               "a built-in model (" + joined(built_in_models(), ", ") +
                   ") or the path of a Hugging Face config.json",
               "NAME|FILE");
  command.texts("--records,-r", records, "result file, or a folder of them; repeatable", "PATH");
  command.text("--device", device, "part of a device's name [the one with most cases]", "TEXT");
  command.text("--dtype", options.dtype, "of activations and KV cache: f32, f16, bf16 [bf16]",
               "WORD");
  command.text("--weights", options.weights, "s8, s4, u4 in groups of 128 [as --dtype]", "WORD");
  command.text("--kv-dtype", options.kv, "of the KV cache: s8 [as --dtype]", "WORD");
  command.text("--prompt", prompt, "tokens of the prompt [512]", "N");
  command.text("--context", context, "tokens in the cache while decoding [1024]", "N");
  command.text("--batch", batch, "sequences at once [1]", "N");
  command.text("--watts", watts, "that the device draws: energy of a million tokens", "W");
  command.text("--price", price, "of the device: its share in a million tokens", "N");
  command.text("--years", years, "that the device is used for [3]", "N");
  command.text("--energy-price", energy_price, "of a kWh, in the same currency", "N");
  command.text("--format", format, "console, json [console]", "WORD");
  if (!command.parse(arguments, out)) return Exit::pass;
  if (model.empty()) throw usage_error("assay estimate needs --model NAME or --model config.json");
  const bool as_json = wants_json(format);
  if (options.weights.empty()) options.weights = options.dtype;
  options.prompt = parse_integer("--prompt", prompt, 1, most_tokens);
  options.context = parse_integer("--context", context, 1, most_tokens);
  options.batch = parse_integer("--batch", batch, 1, 4096);
  CostOptions& cost = options.cost;
  if (!watts.empty()) cost.watts = parse_positive("--watts", watts);
  if (!price.empty()) cost.price = parse_positive("--price", price);
  if (!years.empty()) cost.years = parse_positive("--years", years);
  if (!energy_price.empty()) cost.energy_price = parse_positive("--energy-price", energy_price);
  if (!years.empty() && !cost.price) throw usage_error("--years needs --price");
  if (cost.energy_price && !cost.watts) throw usage_error("--energy-price needs --watts");
  const ModelConfig config = find_model(model);
  const FactTable facts = built_in_facts();
  const Evidence evidence = evidence_from(records, facts, "estimate");
  const ModelEstimate estimate = estimate_model(config, device_among(evidence, device), options);
  if (as_json) {
    out << pretty(writable(estimate_json(estimate)));
  } else {
    print_estimate(estimate, out);
  }
  return Exit::pass;
}

}  // namespace assay
