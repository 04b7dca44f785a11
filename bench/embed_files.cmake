# cmake -DOUT=file.cpp -DROOT=folder "-DFILES=a|b" -P embed_files.cmake: each file as one C++ constant.
# The text may hold anything but `)embedded_file"`.
set(code "#include \"bench/data_files.hpp\"\n\n#include <array>\n\nnamespace assay {\n"
  "std::span<const BuiltInFile> built_in_files() {\n  static constexpr std::array list = {\n")
string(JOIN "" code ${code})
string(REPLACE "|" ";" FILES "${FILES}")
foreach(path IN LISTS FILES)
  file(READ "${ROOT}/${path}" text)
  string(APPEND code "BuiltInFile{\"${path}\", R\"embedded_file(${text})embedded_file\"},\n")
endforeach()
string(APPEND code "  };\n  return list;\n}\n}  // namespace assay\n")
file(WRITE "${OUT}" "${code}")
