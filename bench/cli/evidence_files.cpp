#include "bench/cli/evidence_files.hpp"

#include <algorithm>
#include <iostream>

#include "kernels/error.hpp"

namespace assay {

void read_records(const std::vector<std::string>& paths, Evidence& into) {
  const std::size_t known = into.broken().size();
  for (const std::string& path : paths) read_evidence(path, into);
  for (const std::string& file : into.broken().subspan(known)) {
    std::cerr << "note: " << file << ": this is no JSON, perhaps cut short; it is left out\n";
  }
}

Evidence evidence_from(const std::vector<std::string>& paths, const FactTable& facts,
                       const std::string& verb) {
  if (paths.empty()) {
    throw usage_error("assay " + verb +
                      " needs records: result files or folders of them, as written by "
                      "assay run --out FILE");
  }
  Evidence evidence(facts);
  read_records(paths, evidence);
  // Ceilings, sweeps and the like say something of cases only.
  if (evidence.files().empty()) {
    throw Error(Error::Kind::file, paths.front() + ": no result files of assay run in it");
  }
  return evidence;
}

const DeviceModel& device_among(const Evidence& evidence, const std::string& part) {
  const DeviceModel* found = nullptr;
  std::string names;
  for (const DeviceModel& model : evidence.models()) {
    names += (names.empty() ? "" : ", ") + model.name;
    if (model.name.find(part) == std::string::npos) continue;
    if (found == nullptr || model.cases.size() > found->cases.size()) found = &model;
  }
  if (found == nullptr) {
    throw usage_error("no device '" + part + "' in the records; there " +
                      (names.empty() ? "is none" : "are: " + names));
  }
  return *found;
}

}  // namespace assay
