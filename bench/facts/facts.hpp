// Published figures of devices (results/facts/README.md says what the columns mean). None of them
// was measured here.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay {

struct Fact {
  std::string device;
  std::string vendor;
  std::string device_class;  // gpu, cpu, npu, tpu, ipu
  std::string figure;
  std::string dtype;
  std::string unit;
  std::string sparsity;
  std::string scope;
  std::string text;             // the value as it is written
  std::optional<double> value;  // nothing for dates
  std::string value_unit;
  std::string source;
  std::string source_date;
  std::string status;
  std::string note;
  int line = 0;
};

// What a figure is asked for by; "-" and empty both mean that the figure has none.
struct FactKey {
  std::string device;
  std::string figure;
  std::string dtype = "-";
  std::string unit = "-";
  std::string sparsity = "-";
  std::string scope = "package";
};

class FactTable {
 public:
  FactTable(std::string path, std::vector<Fact> rows,
            std::vector<std::pair<std::string, std::string>> names);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::span<const Fact> rows() const { return rows_; }
  [[nodiscard]] std::vector<std::string> devices() const;  // in the file's order
  [[nodiscard]] bool has_device(std::string_view device) const;
  [[nodiscard]] std::vector<const Fact*> find(const FactKey& key) const;
  // The row a text would quote: the `ok` one; else the first disputed, else the first unverified.
  [[nodiscard]] const Fact* best(const FactKey& key) const;
  // The device that a driver calls `driver_name`; empty if it isn't in the table. Where several
  // fit, the longest name wins.
  [[nodiscard]] std::string device_of(std::string_view driver_name) const;

 private:
  std::string path_;
  std::vector<Fact> rows_;
  std::vector<std::pair<std::string, std::string>> names_;
};

// YYYY, YYYY-MM or YYYY-MM-DD of a day that there is.
[[nodiscard]] bool is_date(std::string_view text);

// Error(file) "PATH:LINE: …": wrong columns, an empty field, an unknown word, a figure without a
// source or date, a value that is no number or not positive, a peak without unit, two rows that
// contradict each other and are both `ok`.
[[nodiscard]] FactTable parse_facts(const std::string& path, std::string_view text,
                                    const std::string& names_path = {},
                                    std::string_view names_text = {});
// The tables that are built in.
[[nodiscard]] FactTable built_in_facts();
// A table of the user's, with the built-in names.
[[nodiscard]] FactTable read_facts(const std::string& path);

}  // namespace assay
