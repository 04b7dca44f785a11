// Inner loops of chains over one kind of vector. To be included between HWY_PUSH_ATTRIBUTES and
// HWY_POP_ATTRIBUTES in a namespace of their own: what is compiled there may use no other's code. No
// include guard, and no includes.
//
// An Operation has a Vector of `width` chains, as many bytes of each as a row of factors has
// (row_bytes), load(), store(), set() (one row of factors for all chains) and step(), a step of every
// chain: x, factors a, factors or terms b.
//
// Whatever goes over the accumulators is written out by the compiler at every level of optimisation: a
// loop over them it may keep as one, with all of them in memory and stored again in every step.

template <class Operation>
constexpr std::size_t vector_bytes = Operation::row_bytes * std::size_t{Operation::width};

template <class Operation, class Vector, std::size_t... kIndex>
HWY_INLINE void load_all(Vector (&x)[sizeof...(kIndex)], const std::byte* from,
                         std::index_sequence<kIndex...>) {
  ((x[kIndex] = Operation::load(from + vector_bytes<Operation> * kIndex)), ...);
}

template <class Operation, class Vector, std::size_t... kIndex>
HWY_INLINE void store_all(const Vector (&x)[sizeof...(kIndex)], std::byte* to,
                          std::index_sequence<kIndex...>) {
  (Operation::store(to + vector_bytes<Operation> * kIndex, x[kIndex]), ...);
}

template <class Operation, class Vector, std::size_t... kIndex>
HWY_INLINE void step_all(Vector (&x)[sizeof...(kIndex)], Vector a, Vector b,
                         std::index_sequence<kIndex...>) {
  ((x[kIndex] = Operation::step(x[kIndex], a, b)), ...);
}

template <class Operation, class Vector, std::size_t... kIndex>
HWY_INLINE void step_all_with_loads(Vector (&x)[sizeof...(kIndex)], Vector a, const std::byte* b,
                                    std::index_sequence<kIndex...>) {
  ((x[kIndex] =
        Operation::step(x[kIndex], a, Operation::load(b + vector_bytes<Operation> * kIndex))),
   ...);
}

template <class Operation, std::size_t kAccumulators, bool kLoads>
void run_chain(const AluBlock& block) {
  using Vector = typename Operation::Vector;
  constexpr auto every = std::make_index_sequence<kAccumulators>();
  const Vector a0 = Operation::set(block.a, 0);
  const Vector a1 = Operation::set(block.a, 1);
  Vector x[kAccumulators];
  load_all<Operation>(x, block.x, every);
  if constexpr (kLoads) {
    // Unsigned, so that the table's size is a mask, and not a division's remainder between two loads.
    auto row = static_cast<std::uint64_t>(block.first) % alu_table;
    for (std::int64_t t = 0; t < block.steps; t += 2) {
      step_all_with_loads<Operation>(x, a0, block.b + Operation::row_bytes * row, every);
      step_all_with_loads<Operation>(
          x, a1, block.b + Operation::row_bytes * ((row + alu_shift) % alu_table), every);
      row = (row + 2 * alu_shift) % alu_table;
    }
  } else {
    const Vector b0 = Operation::set(block.b, 0);
    const Vector b1 = Operation::set(block.b, 1);
    for (std::int64_t t = 0; t < block.steps; t += 2) {
      step_all<Operation>(x, a0, b0, every);
      step_all<Operation>(x, a1, b1, every);
    }
  }
  store_all<Operation>(x, block.out, every);
}

// Null where there is none for that number of accumulators.
template <class Operation, bool kLoads, std::size_t... kAccumulators>
AluRun choose_of(std::int64_t accumulators, std::index_sequence<kAccumulators...>) {
  AluRun found = nullptr;
  ((static_cast<std::int64_t>(kAccumulators) == accumulators
        ? void(found = run_chain<Operation, kAccumulators, kLoads>)
        : void()),
   ...);
  return found;
}

template <class Operation>
AluRun choose(const AluCode& code, bool loads) {
  using Numbers = std::index_sequence<1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24>;
  if (code.width != Operation::width) return nullptr;
  return loads ? choose_of<Operation, true>(code.accumulators, Numbers())
               : choose_of<Operation, false>(code.accumulators, Numbers());
}
