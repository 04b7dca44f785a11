# cmake -D INPUT=scale.ptx -D OUTPUT=scale.ptx.cpp -P embed.cmake: the text as data, ending in a 0.
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
file(WRITE ${OUTPUT} "#include \"backends/cublas/matmul.hpp\"
namespace assay::cublas {
const char scale_ptx[] = {
${bytes}0};
}  // namespace assay::cublas
")
