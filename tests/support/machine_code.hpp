// What compilers made of loops, from objdump.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace assay {

struct Instruction {
  std::uint64_t address;
  std::string text;
};

// Of a file, `size` bytes from an address on; 0: all of it. Empty where there is no objdump.
[[nodiscard]] std::vector<Instruction> disassemble(const std::string& file, std::uint64_t start,
                                                   std::uint64_t size);

struct Loop {
  int multiply_adds = 0;
  int memory_operands = 0;  // of these
  int stores = 0;           // of vectors, by whatever instruction
};

// The first backward jump that encloses instructions which contain `mnemonic`.
[[nodiscard]] std::optional<Loop> inner_loop(const std::vector<Instruction>& code,
                                             const std::string& mnemonic);

}  // namespace assay
