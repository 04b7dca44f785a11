#include "tests/support/machine_code.hpp"

#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <sstream>

namespace assay {
namespace {

// The last operand, which an instruction writes, in memory.
bool stores_vector(const std::string& text) {
  const std::size_t end = text.find_last_not_of(" \n");
  return text.find("mov") != std::string::npos && text.find("mm") != std::string::npos &&
         end != std::string::npos && text[end] == ')';
}

}  // namespace

std::vector<Instruction> disassemble(const std::string& file, std::uint64_t start,
                                     std::uint64_t size) {
  std::ostringstream command;
  command << "objdump -d --no-show-raw-insn";
  if (size > 0) command << " --start-address=" << start << " --stop-address=" << start + size;
  // The shell has another /proc/self.
  const std::string self = "/proc/" + std::to_string(getpid()) + "/exe";
  command << " '" << (file == "/proc/self/exe" ? self : file) << "' 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.str().c_str(), "r"), pclose);
  std::vector<Instruction> code;
  std::array<char, 512> line{};
  while (pipe && std::fgets(line.data(), line.size(), pipe.get()) != nullptr) {
    std::uint64_t address = 0;
    int end = 0;
    if (std::sscanf(line.data(), " %lx:%n", &address, &end) == 1 && end > 0) {
      code.push_back({address, line.data() + end});
    }
  }
  return code;
}

std::optional<Loop> inner_loop(const std::vector<Instruction>& code, const std::string& mnemonic) {
  for (const Instruction& jump : code) {
    std::array<char, 16> name{};
    std::uint64_t target = 0;
    if (std::sscanf(jump.text.c_str(), " %15s %lx", name.data(), &target) != 2) continue;
    if (name[0] != 'j' || target >= jump.address) continue;
    Loop loop;
    for (const Instruction& each : code) {
      if (each.address < target || each.address > jump.address) continue;
      if (stores_vector(each.text)) ++loop.stores;
      if (each.text.find(mnemonic) == std::string::npos) continue;
      ++loop.multiply_adds;
      if (each.text.find('(') != std::string::npos) ++loop.memory_operands;
    }
    if (loop.multiply_adds > 0) return loop;
  }
  return std::nullopt;
}

}  // namespace assay
