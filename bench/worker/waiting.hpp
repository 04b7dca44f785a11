// Whether others had the processors that this process could have used.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "bench/worker/sampling.hpp"

namespace assay {

// How long threads of this process were ready to run and had no processor.
class Waiting {
 public:
  // Begins to count. `processors`: how many this process may use; 0: unknown.
  explicit Waiting(int processors) : processors_(processors), begin_(each()) {}
  // Of the thread that waited longest for others than this process since then, of those that wanted to
  // run for a good part of it: in parallel work all its siblings wait for it. 0 where the system doesn't
  // tell, and where this process had all that it may use, so that its threads waited for each other.
  [[nodiscard]] double longest_ns() const;

 private:
  struct Times {
    double ran_ns = 0, waited_ns = 0;
  };
  [[nodiscard]] static std::map<std::string, Times> each();  // by thread
  int processors_;
  std::map<std::string, Times> begin_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  double cpu_begin_ns_ = process_cpu_ns();
};

}  // namespace assay
