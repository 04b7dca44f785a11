# cmake -D INPUT=tuned.tsv -D OUTPUT=x.cpp -P embed_tuned.cmake: the file's text as C++.
file(READ ${INPUT} text)
file(WRITE ${OUTPUT} "// From tuned.tsv.
#include \"backends/opencl/tuned.hpp\"
namespace assay::opencl {
std::string_view tuned_defaults() {
  return R\"tuned(${text})tuned\";
}
}  // namespace assay::opencl
")
