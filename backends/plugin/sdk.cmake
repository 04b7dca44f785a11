# What authors of backends get by `cmake --install`: headers, libraries, a CMake package
# (find_package(assay COMPONENTS backend-sdk)), the template, the example and the page for vendors.
include(CMakePackageConfigHelpers)

set(package lib/cmake/assay)
set_target_properties(assay_plugin_export PROPERTIES EXPORT_NAME backend-sdk)
install(TARGETS assay_kernels assay_host assay_plugin_convert assay_plugin_export
  EXPORT assay-backend-sdk
  ARCHIVE DESTINATION lib COMPONENT sdk)
install(EXPORT assay-backend-sdk NAMESPACE assay:: DESTINATION ${package} COMPONENT sdk)

configure_package_config_file(assayConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/assayConfig.cmake
  INSTALL_DESTINATION ${package})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/assayConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
    assay_add_backend.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/assayConfig.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/assayConfigVersion.cmake
  DESTINATION ${package} COMPONENT sdk)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/kernels DESTINATION include/assay COMPONENT sdk
  FILES_MATCHING PATTERN "*.hpp")
install(FILES ../backend.hpp ../guarded_memory.hpp ../host.hpp ../large_pages.hpp
  DESTINATION include/assay/backends COMPONENT sdk)
install(FILES abi.h export.hpp DESTINATION include/assay/backends/plugin COMPONENT sdk)
install(DIRECTORY template example-threads DESTINATION share/assay COMPONENT sdk)
# Beside what it links to.
install(FILES README.md DESTINATION share/assay RENAME plugins.md COMPONENT sdk)
