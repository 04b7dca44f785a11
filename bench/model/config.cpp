#include "bench/model/config.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "bench/data_files.hpp"
#include "kernels/error.hpp"
#include "kernels/suggest.hpp"

namespace assay {
namespace {

using nlohmann::json;

constexpr std::string_view folder = "results/models/";

class Sizes {
 public:
  Sizes(const std::string& path, const json& config) : path_(path), config_(config) {}

  [[noreturn]] void refuse(const std::string& message) const {
    throw Error(Error::Kind::file, path_ + ": " + message);
  }

  // The first of the names that is there; `otherwise` where none is, an Error where that is -1.
  [[nodiscard]] std::int64_t size(std::initializer_list<const char*> names,
                                  std::int64_t otherwise = -1) const {
    for (const char* name : names) {
      const auto found = config_.find(name);
      if (found == config_.end() || found->is_null()) continue;
      constexpr std::int64_t largest = 1 << 24;
      if (!found->is_number_integer() || *found < 1 || *found > largest) {
        refuse("'" + std::string(name) + "' must be a whole number from 1 to 2^24");
      }
      return found->get<std::int64_t>();
    }
    if (otherwise < 0) refuse("'" + std::string(*names.begin()) + "' is missing");
    return otherwise;
  }
  [[nodiscard]] std::string word(const char* name) const {
    const auto found = config_.find(name);
    return found != config_.end() && found->is_string() ? found->get<std::string>() : "";
  }
  [[nodiscard]] bool flag(const char* name, bool otherwise) const {
    const auto found = config_.find(name);
    return found != config_.end() && found->is_boolean() ? found->get<bool>() : otherwise;
  }
  [[nodiscard]] bool has(const char* name) const {
    const auto found = config_.find(name);
    return found != config_.end() && !found->is_null();
  }

 private:
  const std::string& path_;
  const json& config_;
};

// What a config.json leaves to its model's code: Hugging Face's defaults by model_type.
struct Architecture {
  std::string_view type;
  bool gated;  // feed-forward of three matrices
  bool tied;   // where `tie_word_embeddings` is missing; the base class says true
};

constexpr std::array<Architecture, 24> architectures = {{
    {"bert", false, true},      {"bloom", false, true},       {"cohere", true, true},
    {"falcon", false, true},    {"gemma", true, true},        {"gemma2", true, true},
    {"gpt2", false, true},      {"gpt_bigcode", false, true}, {"gpt_neo", false, true},
    {"gpt_neox", false, false}, {"gptj", false, false},       {"internlm", true, false},
    {"llama", true, false},     {"mistral", true, false},     {"mpt", false, true},
    {"olmo", true, false},      {"opt", false, true},         {"phi", false, false},
    {"phi3", true, false},      {"qwen2", true, false},       {"qwen3", true, false},
    {"roberta", false, true},   {"stablelm", true, false},    {"starcoder2", false, true},
}};

Architecture architecture_of(const Sizes& sizes) {
  const std::string type = sizes.word("model_type");
  if (type.empty()) sizes.refuse("'model_type' is missing: it says what the config leaves out");
  const auto found = std::ranges::find(architectures, type, &Architecture::type);
  if (found != architectures.end()) return *found;
  std::vector<std::string_view> known;
  for (const Architecture& each : architectures) known.push_back(each.type);
  sizes.refuse(unknown_word("model_type", type, known));
}

// One head of keys and values for all where the model's code says so.
std::int64_t kv_heads_of(const Sizes& sizes, const std::string& type, std::int64_t heads) {
  const bool grouped = type == "falcon" && sizes.flag("new_decoder_architecture", false);
  const bool shares = type == "falcon" || type == "gpt_bigcode";
  if (shares && !grouped) return sizes.flag("multi_query", true) ? 1 : heads;
  return sizes.size({"num_key_value_heads", "num_kv_heads"}, heads);
}

void refuse_what_is_not_dense(const Sizes& sizes) {
  for (const char* key : {"num_local_experts", "n_routed_experts", "num_experts"}) {
    if (sizes.has(key))
      sizes.refuse("is a mixture of experts ('" + std::string(key) + "'): not supported");
  }
  if (sizes.has("kv_lora_rank"))
    sizes.refuse("has latent attention ('kv_lora_rank'): not supported");
}

}  // namespace

double ModelConfig::layer_weights() const {
  const auto d = [](std::int64_t x) { return static_cast<double>(x); };
  const double attention = d(hidden) * d((2 * heads + 2 * kv_heads) * head_dim);
  return attention + (gated ? 3.0 : 2.0) * d(hidden) * d(intermediate);
}

double ModelConfig::embedding_weights() const {
  return (tied ? 1.0 : 2.0) * static_cast<double>(vocabulary) * static_cast<double>(hidden);
}

ModelConfig parse_model_config(const std::string& path, std::string_view text) {
  const json config = json::parse(text, nullptr, false);
  if (!config.is_object()) throw Error(Error::Kind::file, path + ": is no JSON object");
  const Sizes sizes(path, config);
  refuse_what_is_not_dense(sizes);
  const std::string type = sizes.word("model_type");
  ModelConfig model;
  model.name = std::filesystem::path(path).stem().string();
  if (model.name == "config") {
    // "./config.json" lies in a folder that has a name too.
    const std::filesystem::path whole = std::filesystem::absolute(path).lexically_normal();
    model.name = whole.parent_path().filename().string();
  }
  model.hidden = sizes.size({"hidden_size", "n_embd", "n_embed", "d_model"});
  model.layers = sizes.size({"num_hidden_layers", "n_layer", "num_layers", "n_layers"});
  model.heads = sizes.size({"num_attention_heads", "n_head", "num_heads", "n_heads"});
  model.kv_heads = kv_heads_of(sizes, type, model.heads);
  const std::int64_t share = std::max<std::int64_t>(1, model.hidden / model.heads);
  model.head_dim = sizes.size({"head_dim"}, share);
  model.intermediate =
      sizes.size({"intermediate_size", "n_inner", "ffn_dim", "ffn_hidden_size"}, 4 * model.hidden);
  model.vocabulary = sizes.size({"vocab_size"});
  model.positions = sizes.size({"max_position_embeddings", "n_positions"}, 0);
  const bool windowed = !type.starts_with("qwen") || sizes.flag("use_sliding_window", false);
  if (windowed) model.window = sizes.size({"sliding_window"}, 0);
  model.window_in_all = type == "mistral" || type == "phi3" || type == "starcoder2";
  model.encoder = type == "bert" || type == "roberta";
  if (model.heads % model.kv_heads != 0) {
    sizes.refuse("num_attention_heads isn't a multiple of num_key_value_heads");
  }
  const Architecture architecture = architecture_of(sizes);
  model.gated = architecture.gated;
  model.tied = sizes.flag("tie_word_embeddings", architecture.tied);
  return model;
}

std::vector<std::string> built_in_models() {
  std::vector<std::string> names;
  for (const BuiltInFile& file : built_in_files()) {
    if (!file.path.starts_with(folder)) continue;
    names.push_back(std::filesystem::path(file.path).stem().string());
  }
  return names;
}

ModelConfig find_model(const std::string& name_or_path) {
  if (name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".json")) {
    return parse_model_config(name_or_path, read_data_file(name_or_path));
  }
  const std::vector<std::string> names = built_in_models();
  if (std::ranges::find(names, name_or_path) == names.end()) {
    const std::vector<std::string_view> known(names.begin(), names.end());
    throw usage_error(unknown_word("model", name_or_path, known) +
                      " (or the path of a config.json)");
  }
  const DataFile file = built_in_file("models/" + name_or_path + ".json");
  return parse_model_config(file.path, file.text);
}

}  // namespace assay
