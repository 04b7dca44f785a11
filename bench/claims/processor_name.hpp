// Processors that their makers give one name ("AMD EPYC"), told apart by what runs on them said.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace assay {

// "Zen 4", of a record's context: as it says, or, where it is older than that, as instruction sets tell
// of a processor of that name. Empty: not known.
[[nodiscard]] std::string core_of(const std::string& name, const nlohmann::json& context);

class ProcessorNames {
 public:
  // Before anything of it is named.
  void note(const std::string& name, const nlohmann::json& context);
  // " (Zen 4)", behind the name. Of those of one core, or of none that is known, the first has nothing
  // more; another says its number of processors, " (Zen 4, 16 processors)", where that is the
  // difference, and else " #2".
  [[nodiscard]] std::string suffix(const std::string& name, const nlohmann::json& context) const;

 private:
  std::map<std::string, std::vector<std::string>>
      known_;  // by name and core: what tells them apart
};

}  // namespace assay
