#include "bench/json_text.hpp"
#include "bench/reporters/formats.hpp"
#include "bench/run_document.hpp"

namespace assay {

void report_json(const RunDocument& document, std::ostream& out) {
  out << pretty(to_json(document));
}

}  // namespace assay
