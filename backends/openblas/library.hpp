// OpenBLAS's functions, looked up in its shared library.
#pragma once

#include <memory>
#include <string>

namespace assay::openblas {

// Values of the C interface to BLAS (CBLAS).
enum Order : int { row_major = 101 };
enum Transpose : int { no_transpose = 111, transpose = 112 };

class Library {
 public:
  // Error of kind device, with what was looked for, where there is none.
  Library();

  [[nodiscard]] std::string configuration() const { return get_config(); }
  [[nodiscard]] std::string core() const { return get_corename(); }
  [[nodiscard]] int threads() const { return get_num_threads(); }

  // Row-major C[m, n] = op(A) op(B), and y = op(A) x, as CBLAS defines them.
  void (*sgemm)(Order, Transpose, Transpose, int m, int n, int k, float alpha, const float* a,
                int lda, const float* b, int ldb, float beta, float* c, int ldc) = nullptr;
  void (*sgemv)(Order, Transpose, int m, int n, float alpha, const float* a, int lda,
                const float* x, int incx, float beta, float* y, int incy) = nullptr;

 private:
  struct Close {
    void operator()(void* handle) const;
  };
  std::unique_ptr<void, Close> handle_;
  char* (*get_config)() = nullptr;
  char* (*get_corename)() = nullptr;
  int (*get_num_threads)() = nullptr;
};

}  // namespace assay::openblas
