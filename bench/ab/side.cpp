#include "bench/ab/side.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "bench/reporters/text.hpp"
#include "bench/worker_client.hpp"
#include "kernels/error.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;

bool is_program(const fs::path& path) {
  std::error_code code;
  return fs::is_regular_file(path, code) && ::access(path.c_str(), X_OK) == 0;
}

std::string program_of(const std::string& word, const std::string& build) {
  std::error_code code;
  if (!fs::exists(build, code)) {
    throw Error(Error::Kind::file, "--" + word + " " + build + ": there is no such file or folder");
  }
  if (!fs::is_directory(build, code)) {
    if (is_program(build)) return fs::absolute(build).string();
    throw Error(Error::Kind::file, "--" + word + " " + build + ": is no program");
  }
  // A bundle's libexec/ before its bin/, where a script may lie.
  for (const char* place : {"assay", "libexec/assay", "bin/assay"}) {
    if (is_program(fs::path(build) / place)) return fs::absolute(fs::path(build) / place).string();
  }
  throw Error(Error::Kind::file,
              "--" + word + " " + build + ": the folder has no assay, bin/assay or libexec/assay");
}

std::pair<std::string, std::string> variable_of(const std::string& word, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw usage_error("--" + word + "-env '" + text + "' must be KEY=VALUE");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// Starts it once, so that what is no assay is found before anything is measured.
void greet(const Side& side, const std::string& build) {
  try {
    WorkerClient worker(side.worker, nullptr);
    worker.greet();
    worker.quit();
  } catch (const WorkerFailure& failure) {
    throw Error(Error::Kind::file,
                "--" + side.word + " " + build + ": does not answer as an assay: " + failure.what(),
                failure.detail());
  } catch (const Error& error) {
    throw Error(Error::Kind::file, "--" + side.word + " " + build + ": " + error.what());
  }
}

}  // namespace

Side make_side(const std::string& word, const std::string& build,
               const std::vector<std::string>& variables, const WorkerSettings& worker) {
  Side side{word, build.empty() ? "this build" : build, worker};
  for (const std::string& text : variables) {
    side.worker.environment.push_back(variable_of(word, text));
    side.label += " " + text;
  }
  if (!build.empty()) side.worker.executable = program_of(word, build);
  greet(side, build.empty() ? "(this program)" : build);
  return side;
}

}  // namespace assay
