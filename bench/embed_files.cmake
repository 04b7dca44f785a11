# cmake -DOUT=file.cpp -DROOT=folder "-DFILES=a|b" -P embed_files.cmake: each file as one C++ constant.
# The text may hold anything but `)embedded_file"`.
set(texts "")
set(list "")
set(index 0)
string(REPLACE "|" ";" FILES "${FILES}")
foreach(path IN LISTS FILES)
  file(READ "${ROOT}/${path}" text)
  string(APPEND texts "constexpr char text_${index}[] = R\"embedded_file(${text})embedded_file\";\n")
  # Its length by sizeof: for the largest, a compiler refuses to count characters at compile time.
  string(APPEND list
    "      BuiltInFile{\"${path}\", std::string_view(text_${index}, sizeof(text_${index}) - 1)},\n")
  math(EXPR index "${index} + 1")
endforeach()
string(CONCAT code
  "#include \"bench/data_files.hpp\"\n\n#include <array>\n\nnamespace assay {\nnamespace {\n\n${texts}\n"
  "}  // namespace\n\nstd::span<const BuiltInFile> built_in_files() {\n"
  "  static constexpr std::array list = {\n${list}  };\n  return list;\n}\n\n}  // namespace assay\n")
file(WRITE "${OUT}" "${code}")
