#include "bench/cli/command.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "kernels/error.hpp"
#include "kernels/suggest.hpp"

namespace assay {

Command::Command(const std::string& verb, const std::string& summary, const std::string& footer)
    : verb_(verb), app_(std::make_unique<CLI::App>(summary, "assay " + verb)) {
  app_->footer(footer);
  app_->get_formatter()->column_width(34);
  app_->get_formatter()->label("Positionals", "Arguments");
}

Command::~Command() = default;

void Command::finish(CLI::Option& option, const std::string& variable) const {
  if (!group_.empty()) option.group(group_);
  if (!variable.empty()) option.envname(variable);
}

void Command::text(const std::string& names, std::string& into, const std::string& help,
                   const std::string& unit, const std::string& variable) {
  CLI::Option* option = app_->add_option(names, into, help);
  option->type_name(unit)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  finish(*option, variable);
}

void Command::texts(const std::string& names, std::vector<std::string>& into,
                    const std::string& help, const std::string& unit) {
  CLI::Option* option = app_->add_option(names, into, help);
  option->type_name(unit)->allow_extra_args(false);
  finish(*option, {});
}

void Command::flag(const std::string& names, bool& into, const std::string& help,
                   const std::string& variable) {
  finish(*app_->add_flag(names, into, help), variable);
}

void Command::positional(const std::string& name, std::string& into, const std::string& help,
                         const std::string& unit) {
  app_->add_option(name, into, help)->type_name(unit);
}

void Command::positionals(const std::string& name, std::vector<std::string>& into,
                          const std::string& help, const std::string& unit) {
  app_->add_option(name, into, help)->type_name(unit);
}

// "--name value" as "--name=value", so that a value may begin with a dash.
std::vector<std::string> Command::joined(std::span<const std::string> arguments) const {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--") {
      result.insert(result.end(), arguments.begin() + static_cast<std::ptrdiff_t>(i),
                    arguments.end());
      break;
    }
    const CLI::Option* option =
        argument.starts_with("--") ? app_->get_option_no_throw(argument) : nullptr;
    if (option == nullptr || option->get_items_expected_min() == 0) {
      if (argument.starts_with("--") && argument.find('=') == argument.size() - 1) {
        throw usage_error(argument.substr(0, argument.size() - 1) + " needs a value");
      }
      result.push_back(argument);
      continue;
    }
    if (i + 1 == arguments.size() || arguments[i + 1].empty()) {
      throw usage_error(argument + " needs a value");
    }
    result.push_back(argument + "=" + arguments[++i]);
  }
  return result;
}

void Command::reject_unknown(const std::vector<std::string>& arguments) const {
  std::vector<std::string> names;
  for (const CLI::Option* option : app_->get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (const std::string& argument : arguments) {
    if (argument == "--") return;
    if (argument.size() < 2 || argument.front() != '-') continue;
    const std::string flag = argument.substr(0, argument.find('='));
    if (std::ranges::find(known, flag) == known.end()) {
      throw usage_error(unknown_word("flag of assay " + verb_, flag, known));
    }
  }
}

bool Command::parse(std::span<const std::string> arguments, std::ostream& out) {
  std::vector<std::string> line = joined(arguments);
  reject_unknown(line);
  std::ranges::reverse(line);
  try {
    app_->parse(line);
  } catch (const CLI::CallForHelp&) {
    out << app_->help();
    return false;
  } catch (const CLI::ExtrasError&) {
    const std::vector<std::string> extra = app_->remaining();
    throw usage_error("assay " + verb_ + " takes no argument '" +
                      (extra.empty() ? std::string() : extra.front()) + "'");
  } catch (const CLI::ParseError& error) {
    throw usage_error("assay " + verb_ + ": " + error.what());
  }
  return true;
}

}  // namespace assay
