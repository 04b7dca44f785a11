# cmake -D INPUT=x.cl -D OUTPUT=x.cpp -D SYMBOL=x_cl -P embed.cmake
#
# Writes a C++ file that holds x.cl as data, its #include "…" lines replaced by those files (a device
# compiler sees no file system). The files have guards of their own.
get_filename_component(folder ${INPUT} DIRECTORY)
get_filename_component(file ${INPUT} NAME)
file(READ ${INPUT} text)
while(text MATCHES "#include \"([^\"\n]+)\"")
  set(line "${CMAKE_MATCH_0}")
  file(READ ${folder}/${CMAKE_MATCH_1} included)
  string(REPLACE "${line}" "${included}" text "${text}")
endwhile()

if(text MATCHES "[^\t\n -~]")
  message(FATAL_ERROR "${file} holds characters beyond ASCII, which OpenCL C doesn't have")
endif()

file(WRITE ${OUTPUT}.cl "${text}")
file(READ ${OUTPUT}.cl bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
file(WRITE ${OUTPUT} "// From ${file}.
#include \"backends/opencl/sources.hpp\"
namespace assay::opencl {
namespace {
constexpr char text[] = {
${bytes}
};
}  // namespace
constinit const Source ${SYMBOL}{\"${file}\", {text, sizeof text}};
}  // namespace assay::opencl
")
