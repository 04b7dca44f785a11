// The formats behind report(), one function and one file each.
#pragma once

#include <ostream>

#include "bench/record.hpp"
#include "bench/reporters.hpp"

namespace assay {

struct RunDocument;

void report_console(const RunDocument& document, const ReportStyle& style, std::ostream& out);
// The result file itself.
void report_json(const RunDocument& document, std::ostream& out);
// RFC 4180, a line per case; units in the column names; empty cells where there is no number.
void report_csv(const RunDocument& document, std::ostream& out);
// A GitHub table.
void report_markdown(const RunDocument& document, std::ostream& out);
// A test case per case: wrong is a failure, failed an error, unsupported and skipped are skipped.
void report_junit(const RunDocument& document, std::ostream& out);

}  // namespace assay
