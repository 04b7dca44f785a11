# cmake -DOUT=file.cpp "-DSUITES=a.suite|b.suite" -P embed_suites.cmake: the suites as C++ text.
set(code "#include \"bench/suite.hpp\"\n\n#include <array>\n\nnamespace assay {\n"
  "std::span<const BuiltInSuite> built_in_suites() {\n  static constexpr std::array list = {\n")
string(JOIN "" code ${code})
string(REPLACE "|" ";" SUITES "${SUITES}")
foreach(path IN LISTS SUITES)
  get_filename_component(name "${path}" NAME_WE)
  file(READ "${path}" text)
  string(APPEND code "BuiltInSuite{\"${name}\", R\"suite(${text})suite\"},\n")
endforeach()
string(APPEND code "  };\n  return list;\n}\n}  // namespace assay\n")
file(WRITE "${OUT}" "${code}")
