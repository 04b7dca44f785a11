# assay_add_backend(TARGET SOURCES… [LIBRARIES…]): a shared library TARGET.so for `assay --plugin`.
# It exports assay_plugin_entry and nothing else, so that it can't meet another plugin's symbols, and
# fails to link where a symbol is unresolved.
function(assay_add_backend target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  add_library(${target} MODULE ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE ${arg_LIBRARIES} assay::backend-sdk)
  set_target_properties(${target} PROPERTIES
    PREFIX ""
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  target_link_options(${target} PRIVATE LINKER:--exclude-libs,ALL)
  # Sanitizers leave their runtime to the program.
  if(NOT ASSAY_SANITIZE)
    target_link_options(${target} PRIVATE LINKER:-z,defs)
  endif()
endfunction()
