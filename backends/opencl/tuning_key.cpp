#include "backends/opencl/tuning_key.hpp"

#include <algorithm>

#include "backends/opencl/program_cache.hpp"

namespace assay::opencl {
namespace {

std::string without_tabs(std::string text) {
  std::ranges::replace_if(text, [](char c) { return c == '\t' || c == '\n'; }, ' ');
  return text;
}

}  // namespace

std::string tuning_key(const Session& session, std::string_view problems,
                       std::initializer_list<const Source*> sources) {
  std::string text;
  for (const Source* source : sources) text += source->text;
  std::string key(problems);
  key += "\t" + without_tabs(session.info.vendor + " " + session.info.name);
  key += "\t" + without_tabs(session.info.driver);
  return key + "\t" + text_hash(text);
}

}  // namespace assay::opencl
