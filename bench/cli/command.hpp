// The command line of one verb: flags, --help with examples, and errors that name the nearest flag.
#pragma once

#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace assay {

// What the options write into must outlive parse().
class Command {
 public:
  // `footer` ends the help: units and examples.
  Command(const std::string& verb, const std::string& summary, const std::string& footer);
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  ~Command();

  // The heading in the help of all options that are added from now on.
  void group(const std::string& heading) { group_ = heading; }

  // An option with a value; each occurrence takes exactly one, "--name=value" or "--name value",
  // also where the value begins with a dash. `variable`: of the environment, asked where the option
  // isn't given.
  void text(const std::string& names, std::string& into, const std::string& help,
            const std::string& unit, const std::string& variable = {});
  void texts(const std::string& names, std::vector<std::string>& into, const std::string& help,
             const std::string& unit);
  void flag(const std::string& names, bool& into, const std::string& help,
            const std::string& variable = {});

  // Arguments without a dash: one, or all.
  void positional(const std::string& name, std::string& into, const std::string& help,
                  const std::string& unit);
  void positionals(const std::string& name, std::vector<std::string>& into, const std::string& help,
                   const std::string& unit);

  // False where --help was asked for and written. Usage Error for what is wrong.
  [[nodiscard]] bool parse(std::span<const std::string> arguments, std::ostream& out);

 private:
  [[nodiscard]] std::vector<std::string> joined(std::span<const std::string> arguments) const;
  void reject_unknown(const std::vector<std::string>& arguments) const;
  void finish(CLI::Option& option, const std::string& variable) const;

  std::string verb_;
  std::string group_;
  std::unique_ptr<CLI::App> app_;
};

}  // namespace assay
