#if defined(__x86_64__)

#include "tests/backends/emulated_instructions.hpp"

#include <cpuid.h>
#include <signal.h>
#include <ucontext.h>

#include <array>
#include <cstddef>
#include <cstring>

#include "kernels/dtype.hpp"

namespace assay {
namespace {

// Encodings: Intel, Architectures Software Developer's Manual, volume 2; state: volume 1, chapter 13.

std::int64_t computed = 0;
struct sigaction before;

struct Tile {
  std::array<std::array<std::byte, 64>, 16> rows{};
};
struct Amx {
  std::array<std::uint16_t, 8> row_bytes{};
  std::array<std::uint8_t, 8> rows{};
  std::array<Tile, 8> tiles;
} amx;

// A VEX or EVEX instruction: operands are numbers of registers, or an address.
struct Decoded {
  bool evex = false;
  unsigned map = 0, prefix = 0, opcode = 0;
  unsigned reg = 0, rm = 0, second = 0;  // second: VEX.vvvv
  unsigned reg_field = 0;
  unsigned vector_length = 0;  // 0: 128, 1: 256, 2: 512 bits
  bool memory = false;
  std::uint64_t address = 0;  // of a memory operand; of a tile's rows, the first
  std::uint64_t stride = 0;   // of a tile's rows
  std::size_t length = 0;
};

class Context {
 public:
  explicit Context(ucontext_t& context)
      : context_(context), state_(reinterpret_cast<std::byte*>(context.uc_mcontext.fpregs)) {}

  [[nodiscard]] std::uint64_t instruction() const { return general(16); }
  void skip(std::size_t length) {
    context_.uc_mcontext.gregs[REG_RIP] += static_cast<greg_t>(length);
  }
  // Numbered as instructions do; 16 is the instruction pointer.
  [[nodiscard]] std::uint64_t general(unsigned number) const {
    constexpr std::array names = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                  REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                  REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
    return static_cast<std::uint64_t>(context_.uc_mcontext.gregs[names[number]]);
  }

  using Vector = std::array<std::byte, 64>;
  [[nodiscard]] Vector vector(unsigned number) const {
    Vector v{};
    for_each_part(number, [&](std::byte* part, std::size_t at, std::size_t size, bool there) {
      if (there) std::memcpy(v.data() + at, part, size);
    });
    return v;
  }
  void set_vector(unsigned number, const Vector& v) {
    for_each_part(number, [&](std::byte* part, std::size_t at, std::size_t size, bool) {
      std::memcpy(part, v.data() + at, size);
    });
  }

 private:
  // The places of a register's parts in what the system saved. A part whose component isn't marked as
  // there is zero; writing marks it, and clears what else is in it.
  template <class Action>
  void for_each_part(unsigned number, const Action& action) const {
    if (number >= 16) {
      part(7, 64 * (number - 16), 0, 64, action);
      return;
    }
    action(state_ + 160 + std::size_t{16} * number, 0, 16, true);
    part(2, 16 * number, 16, 16, action);
    part(6, 32 * number, 32, 32, action);
  }
  template <class Action>
  void part(unsigned component, std::size_t offset, std::size_t at, std::size_t size,
            const Action& action) const {
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    __get_cpuid_count(0xd, component, &eax, &ebx, &ecx, &edx);
    if (eax == 0) return;  // a processor without registers of that size
    std::byte* const area = state_ + ebx;
    std::uint64_t marks = 0;
    std::memcpy(&marks, state_ + 512, sizeof marks);
    const std::uint64_t mark = std::uint64_t{1} << component;
    const bool there = (marks & mark) != 0;
    if (!there) {
      std::memset(area, 0, eax);
      marks |= mark;
      std::memcpy(state_ + 512, &marks, sizeof marks);
    }
    action(area + offset, at, size, true);
  }

  ucontext_t& context_;
  std::byte* state_;
};

unsigned bits(unsigned value, unsigned low, unsigned count) {
  return (value >> low) & ((1U << count) - 1U);
}

// Behind the opcode: which registers or memory.
void decode_operands(const Context& context, const std::uint8_t* at, std::size_t used, bool x,
                     bool b, bool r, Decoded& d) {
  const unsigned modrm = at[used++];
  const unsigned mod = bits(modrm, 6, 2);
  d.reg_field = bits(modrm, 3, 3);
  d.reg += d.reg_field + (r ? 8 : 0);
  d.rm = bits(modrm, 0, 3) + (b ? 8 : 0);
  d.memory = mod != 3;
  if (!d.memory) {
    if (d.evex && x) d.rm += 16;
    d.length = used;
    return;
  }
  bool relative = false;
  if (bits(modrm, 0, 3) == 4) {
    const unsigned sib = at[used++];
    const unsigned index = bits(sib, 3, 3) + (x ? 8 : 0);
    const unsigned base = bits(sib, 0, 3) + (b ? 8 : 0);
    if (!(bits(sib, 0, 3) == 5 && mod == 0)) d.address = context.general(base);
    if (index != 4) d.stride = context.general(index) << bits(sib, 6, 2);
  } else if (bits(modrm, 0, 3) == 5 && mod == 0) {
    relative = true;
  } else {
    d.address = context.general(d.rm);
  }
  if (mod == 1) {
    // EVEX counts in vectors.
    const std::int64_t unit = d.evex ? std::int64_t{16} << d.vector_length : 1;
    d.address += static_cast<std::uint64_t>(static_cast<std::int8_t>(at[used++]) * unit);
  } else if (mod == 2 || relative) {
    std::int32_t displacement = 0;
    std::memcpy(&displacement, at + used, 4);
    used += 4;
    d.address += static_cast<std::uint64_t>(std::int64_t{displacement});
  }
  d.length = used;
  if (relative) d.address += context.instruction() + used;
}

Decoded decode(const Context& context) {
  const auto* const at = reinterpret_cast<const std::uint8_t*>(context.instruction());
  Decoded d;
  if (at[0] == 0xc4) {
    d.map = bits(at[1], 0, 5);
    d.prefix = bits(at[2], 0, 2);
    d.second = 15 - bits(at[2], 3, 4);
    d.vector_length = bits(at[2], 2, 1);
    d.opcode = at[3];
    decode_operands(context, at, 4, bits(at[1], 6, 1) == 0, bits(at[1], 5, 1) == 0,
                    bits(at[1], 7, 1) == 0, d);
  } else if (at[0] == 0x62) {
    d.evex = true;
    d.map = bits(at[1], 0, 3);
    d.prefix = bits(at[2], 0, 2);
    d.second = 15 - bits(at[2], 3, 4) + (bits(at[3], 3, 1) == 0 ? 16 : 0);
    d.vector_length = bits(at[3], 5, 2);
    d.reg = bits(at[1], 4, 1) == 0 ? 16 : 0;
    d.opcode = at[4];
    decode_operands(context, at, 5, bits(at[1], 6, 1) == 0, bits(at[1], 5, 1) == 0,
                    bits(at[1], 7, 1) == 0, d);
  }
  return d;
}

void configure(const Decoded& d) {
  std::array<std::uint8_t, 64> config{};
  std::memcpy(config.data(), reinterpret_cast<const void*>(d.address), config.size());
  std::memcpy(amx.row_bytes.data(), config.data() + 16, sizeof amx.row_bytes);
  std::memcpy(amx.rows.data(), config.data() + 48, sizeof amx.rows);
  for (Tile& tile : amx.tiles) tile = {};
}

void move_tile(const Decoded& d, bool loads) {
  for (std::size_t row = 0; row < amx.rows[d.reg]; ++row) {
    auto* const memory = reinterpret_cast<std::byte*>(d.address + d.stride * row);
    std::byte* const tile = amx.tiles[d.reg].rows[row].data();
    if (loads) {
      std::memcpy(tile, memory, amx.row_bytes[d.reg]);
    } else {
      std::memcpy(memory, tile, amx.row_bytes[d.reg]);
    }
  }
}

template <class Value>
Value value_at(const std::byte* data, std::size_t index) {
  Value value{};
  std::memcpy(&value, data + sizeof value * index, sizeof value);
  return value;
}

// sum += a . b over four bytes of factors of that type.
void add_products(DType dtype, std::byte* sum, const std::byte* a, const std::byte* b) {
  if (dtype == DType::s8) {
    auto total = value_at<std::int32_t>(sum, 0);
    for (std::size_t l = 0; l < 4; ++l) {
      total += value_at<std::int8_t>(a, l) * value_at<std::int8_t>(b, l);
    }
    std::memcpy(sum, &total, sizeof total);
    return;
  }
  auto total = value_at<float>(sum, 0);
  for (std::int64_t l = 0; l < 2; ++l) {
    total = static_cast<float>(total + load(dtype, a, l) * load(dtype, b, l));
  }
  std::memcpy(sum, &total, sizeof total);
}

void multiply_tiles(DType dtype, const Decoded& d) {
  Tile& sums = amx.tiles[d.reg];
  for (std::size_t m = 0; m < amx.rows[d.reg]; ++m) {
    for (std::size_t k = 0; k < amx.row_bytes[d.rm] / 4U; ++k) {
      for (std::size_t n = 0; n < amx.row_bytes[d.reg] / 4U; ++n) {
        add_products(dtype, sums.rows[m].data() + 4 * n, amx.tiles[d.rm].rows[m].data() + 4 * k,
                     amx.tiles[d.second].rows[k].data() + 4 * n);
      }
    }
  }
}

Context::Vector last_operand(const Context& context, const Decoded& d) {
  if (!d.memory) return context.vector(d.rm);
  Context::Vector v{};
  // A vector operand has no tile's stride: base and index are one address.
  std::memcpy(v.data(), reinterpret_cast<const void*>(d.address + d.stride),
              std::size_t{16} << d.vector_length);
  return v;
}

void multiply_bytes(Context& context, const Decoded& d) {
  Context::Vector sums = context.vector(d.reg);
  const Context::Vector a = context.vector(d.second);
  const Context::Vector b = last_operand(context, d);
  // Bytes of a are unsigned; those of kernel alu are the same either way, being below 128.
  for (std::size_t lane = 0; lane < 8; ++lane) {
    add_products(DType::s8, sums.data() + 4 * lane, a.data() + 4 * lane, b.data() + 4 * lane);
  }
  for (std::size_t i = 32; i < sums.size(); ++i) sums[i] = std::byte{0};
  context.set_vector(d.reg, sums);
}

void multiply_halves(Context& context, const Decoded& d) {
  Context::Vector x = context.vector(d.reg);
  const Context::Vector a = context.vector(d.second);
  const Context::Vector b = last_operand(context, d);
  for (std::int64_t lane = 0; lane < 32; ++lane) {
    const double value = load(DType::f16, a.data(), lane) * load(DType::f16, x.data(), lane) +
                         load(DType::f16, b.data(), lane);
    store(DType::f16, x.data(), lane, value);
  }
  context.set_vector(d.reg, x);
}

constexpr unsigned prefix_none = 0;
constexpr unsigned prefix_66 = 1;
constexpr unsigned prefix_f3 = 2;
constexpr unsigned prefix_f2 = 3;

bool compute(Context& context, const Decoded& d) {
  const bool vex = !d.evex && d.map == 2;
  if (vex && d.opcode == 0x49 && d.prefix == prefix_none) {
    if (d.memory) configure(d);
    return true;
  }
  if (vex && d.opcode == 0x4b && d.memory) {
    move_tile(d, d.prefix == prefix_f2);
    return d.prefix == prefix_f2 || d.prefix == prefix_f3;
  }
  if (vex && d.opcode == 0x5c && !d.memory) {
    multiply_tiles(d.prefix == prefix_f3 ? DType::bf16 : DType::f16, d);
    return d.prefix == prefix_f3 || d.prefix == prefix_f2;
  }
  if (vex && d.opcode == 0x5e && d.prefix == prefix_f2 && !d.memory) {
    multiply_tiles(DType::s8, d);
    return true;
  }
  if (vex && d.opcode == 0x50 && d.prefix == prefix_66 && d.vector_length == 1) {
    multiply_bytes(context, d);
    return true;
  }
  if (d.evex && d.map == 6 && d.opcode == 0xa8 && d.prefix == prefix_66 && d.vector_length == 2) {
    multiply_halves(context, d);
    return true;
  }
  return false;
}

void illegal(int, siginfo_t*, void* raw) {
  Context context(*static_cast<ucontext_t*>(raw));
  const Decoded d = decode(context);
  if (compute(context, d)) {
    ++computed;
    context.skip(d.length);
  } else {
    ::sigaction(SIGILL, &before, nullptr);
  }
}

}  // namespace

EmulatedInstructions::EmulatedInstructions() {
  computed = 0;
  struct sigaction action{};
  action.sa_sigaction = illegal;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGILL, &action, &before);
}

EmulatedInstructions::~EmulatedInstructions() { ::sigaction(SIGILL, &before, nullptr); }

std::int64_t EmulatedInstructions::count() const { return computed; }

}  // namespace assay

#endif
