# What an embedder gets from `cmake --install`: the library and its headers, found through
# find_package(ouro) as ouro::ouro, or through `pkg-config ouro`. Both are relocatable: the prefix
# is worked out from where the files lie, so a tree that was moved or staged still works.
# (add_subdirectory needs nothing from here.)
include(CMakePackageConfigHelpers)

set_target_properties(ouro PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
install(TARGETS ouro EXPORT ouro COMPONENT library)
install(DIRECTORY include/ouro DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT library)

# --- find_package(ouro) ----------------------------------------------------------------------
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ouro)
install(EXPORT ouro NAMESPACE ouro:: FILE ouro-targets.cmake DESTINATION ${package_dir}
    COMPONENT library)
configure_package_config_file(cmake/ouro-config.cmake.in ${PROJECT_BINARY_DIR}/ouro-config.cmake
    INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ouro-config-version.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ouro-config.cmake ${PROJECT_BINARY_DIR}/ouro-config-version.cmake
    DESTINATION ${package_dir} COMPONENT library)

# --- pkg-config ouro -------------------------------------------------------------------------
file(RELATIVE_PATH OURO_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(JOIN " " OURO_PC_MODULES ${OURO_MODULES})
# Who links a static library links what it stands on; a shared one has that within.
get_target_property(type ouro TYPE)
set(OURO_PC_PRIVATE "")
if(type STREQUAL "SHARED_LIBRARY")
    set(OURO_PC_PRIVATE ".private")
endif()
configure_file(cmake/ouro.pc.in ${PROJECT_BINARY_DIR}/ouro.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/ouro.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
    COMPONENT library)

if(TARGET snakepit)
    install(TARGETS snakepit COMPONENT snakepit)
endif()
