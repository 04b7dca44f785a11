// Answers of probes on disk, and the notes of probes that never answered.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace assay::opencl {

// What a probe said: a word and a reason in one line. Texts without line breaks.
struct StoredAnswer {
  std::string word;
  std::string reason;
};

// The stored answer of `file`, or that of `ask`, which is then stored. Only one process asks at a
// time; the others wait for its answer. Where two processes died while asking, the answer is
// {"crashed", …}. An unreadable file is asked anew; one that can't be written is no error.
[[nodiscard]] StoredAnswer stored_answer(const std::filesystem::path& file,
                                         const std::function<StoredAnswer()>& ask);

}  // namespace assay::opencl
