// The program that measures: answers requests until it is told to quit or its input ends.
#pragma once

namespace assay {

// Reads requests from one descriptor and writes replies to the other, see protocol.hpp. Neither
// standard input nor output is used. Returns the exit status.
[[nodiscard]] int worker_main(int in_fd, int out_fd);

}  // namespace assay
