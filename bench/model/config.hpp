// A transformer's sizes, from the config.json that Hugging Face's models come with.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

struct ModelConfig {
  std::string name;
  std::int64_t hidden = 0;
  std::int64_t layers = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t intermediate = 0;
  std::int64_t vocabulary = 0;
  std::int64_t positions = 0;  // 0: not limited
  std::int64_t window = 0;     // tokens back that attention sees; 0: all
  bool window_in_all = true;   // layers; else in some of them
  bool gated = false;          // feed-forward of three matrices (SwiGLU) instead of two
  bool tied = false;           // the head is the embedding
  bool encoder = false;        // sees the whole sequence; doesn't decode

  // Elements of all matrices of a layer, and of the embedding and head.
  [[nodiscard]] double layer_weights() const;
  [[nodiscard]] double embedding_weights() const;
};

// Error(file) "PATH: …" for what is no JSON object, a size that is missing or impossible, and models
// that this can't describe: mixtures of experts, a model_type whose defaults it doesn't know.
[[nodiscard]] ModelConfig parse_model_config(const std::string& path, std::string_view text);
// A built-in model's name, or a file (its path has a slash or ends with .json). Usage Error with the
// nearest name.
[[nodiscard]] ModelConfig find_model(const std::string& name_or_path);
[[nodiscard]] std::vector<std::string> built_in_models();

}  // namespace assay
