# Writes what a build was made from as a header, and only if it differs from what is there.
# Needs SOURCE (folder), OUTPUT (file), VERSION, COMPILER, FLAGS, BUILD_TYPE.
cmake_minimum_required(VERSION 3.25)
set(revision "")
find_program(git git)
if(git)
  # Not the revision of a larger repository that only contains a copy of this source.
  execute_process(COMMAND ${git} -C ${SOURCE} rev-parse --show-toplevel
    OUTPUT_VARIABLE top OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  get_filename_component(source ${SOURCE} REALPATH)
  if(top STREQUAL source)
    execute_process(COMMAND ${git} -C ${SOURCE} describe --always --dirty --abbrev=12
      OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
endif()

file(GLOB_RECURSE sources RELATIVE ${SOURCE}
  ${SOURCE}/kernels/*.cpp ${SOURCE}/kernels/*.hpp ${SOURCE}/backends/*.cpp
  ${SOURCE}/backends/*.hpp ${SOURCE}/backends/*.h ${SOURCE}/backends/*.cl)
list(SORT sources)
set(digest "")
foreach(source IN LISTS sources)
  file(SHA256 ${SOURCE}/${source} hash)
  string(APPEND digest "${hash} ${source}\n")
endforeach()
string(SHA256 kernel_sources "${digest}")

set(content "#pragma once\n\nnamespace assay::build_values {\n\n")
foreach(pair IN ITEMS "version;${VERSION}" "revision;${revision}" "kernel_sources;${kernel_sources}"
    "compiler;${COMPILER}" "flags;${FLAGS}" "build_type;${BUILD_TYPE}")
  list(POP_FRONT pair key)
  string(APPEND content "inline constexpr char ${key}[] = R\"value(${pair})value\";\n")
endforeach()
string(APPEND content "\n}  // namespace assay::build_values\n")
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "${content}" @ONLY)
