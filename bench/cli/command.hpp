// The command line of one verb: flags, --help with examples, and errors that name the nearest flag.
#pragma once

#include <ostream>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace assay {

class Command {
 public:
  // `footer` ends the help: units and examples.
  Command(const std::string& verb, const std::string& summary, const std::string& footer);

  [[nodiscard]] CLI::App& app() { return app_; }

  // An option with a value; each occurrence takes exactly one, "--name=value" or "--name value",
  // also where the value begins with a dash.
  CLI::Option* text(const std::string& names, std::string& into, const std::string& help,
                    const std::string& unit);
  CLI::Option* texts(const std::string& names, std::vector<std::string>& into,
                     const std::string& help, const std::string& unit);

  // False where --help was asked for and written. Usage Error for what is wrong.
  [[nodiscard]] bool parse(std::span<const std::string> arguments, std::ostream& out);

 private:
  [[nodiscard]] std::vector<std::string> joined(std::span<const std::string> arguments) const;
  void reject_unknown(const std::vector<std::string>& arguments) const;

  std::string verb_;
  CLI::App app_;
};

}  // namespace assay
