# The C library, as programs link it: nothing is visible in it but stator_*.
#
#     stator_shared   libstator.so: the rooms below, through a version script
#     stator_static   libstator.a: the same as one relocatable object in which all other names are
#                     local, so that none of ours can meet one of the program's
#     libstator       both
#
# Sanitizers and fuzzers need neither: tests link the rooms.
if(STATOR_SANITIZE OR STATOR_FUZZ)
  return()
endif()

set(stator_faces db server patterns) # the rooms that define what the headers declare, taken whole
set(stator_rooms # what they stand on, each taken as far as it is needed
  lines instance api client engine table store partiql expr http item vector auth json os base)
list(TRANSFORM stator_faces PREPEND stator_)
list(TRANSFORM stator_rooms PREPEND stator_)
set(stator_map ${PROJECT_SOURCE_DIR}/cmake/stator.map)

list(TRANSFORM stator_faces REPLACE "(.+)" "$<TARGET_OBJECTS:\\1>" OUTPUT_VARIABLE stator_objects)
add_library(stator_shared SHARED ${stator_objects})
target_link_libraries(stator_shared PRIVATE ${stator_rooms})
target_link_options(stator_shared PRIVATE -Wl,--version-script=${stator_map} -Wl,--as-needed
  -Wl,--no-undefined -Wl,-z,nodelete) # what ends threads must stay where it is
set_target_properties(stator_shared PROPERTIES OUTPUT_NAME stator LINKER_LANGUAGE C
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} LINK_DEPENDS ${stator_map}
  LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})

# Link-time optimisation ends in the relocatable object, which is machine code.
set(stator_flags_of_object -r -nostdlib)
if(CMAKE_INTERPROCEDURAL_OPTIMIZATION)
  list(APPEND stator_flags_of_object -O2 -flto=auto -flinker-output=nolto-rel)
endif()
list(TRANSFORM stator_rooms REPLACE "(.+)" "$<TARGET_FILE:\\1>" OUTPUT_VARIABLE stator_archives)
list(TRANSFORM stator_faces REPLACE "(.+)" "$<TARGET_FILE:\\1>"
  OUTPUT_VARIABLE stator_face_archives)
if(LLHTTP_LIBRARY)
  set(stator_private_llhttp -lllhttp)
else()
  list(APPEND stator_archives $<TARGET_FILE:stator_llhttp>)
endif()
set(stator_object ${PROJECT_BINARY_DIR}/stator.o)
set(stator_archive ${PROJECT_BINARY_DIR}/libstator.a)
add_custom_command(OUTPUT ${stator_archive}
  COMMAND ${CMAKE_C_COMPILER} ${stator_flags_of_object} -o ${stator_object}
    -Wl,--whole-archive ${stator_face_archives} -Wl,--no-whole-archive
    -Wl,--start-group ${stator_archives} -Wl,--end-group
  COMMAND ${CMAKE_OBJCOPY} --wildcard --keep-global-symbol=stator_* ${stator_object}
  COMMAND ${CMAKE_COMMAND} -E rm -f ${stator_archive}
  COMMAND ${CMAKE_AR} rcs ${stator_archive} ${stator_object}
  DEPENDS ${stator_faces} ${stator_rooms}
  COMMENT "Joining libstator.a" VERBATIM COMMAND_EXPAND_LISTS)
add_custom_target(stator_static ALL DEPENDS ${stator_archive})
add_custom_target(libstator)
add_dependencies(libstator stator_shared stator_static)

# What `make install PREFIX=DIR` adds for programs that use it. Paths are found from where the file
# itself stands, so an installation may be moved.
include(CMakePackageConfigHelpers)
set(stator_pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
set(stator_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/stator)
file(RELATIVE_PATH stator_pc_to_prefix /x/${stator_pc_dir} /x)
file(RELATIVE_PATH stator_cmake_to_prefix /x/${stator_cmake_dir} /x)
configure_file(cmake/stator.pc.in ${PROJECT_BINARY_DIR}/stator.pc @ONLY)
configure_file(cmake/stator-config.cmake.in ${PROJECT_BINARY_DIR}/stator-config.cmake @ONLY)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/stator-config-version.cmake
  COMPATIBILITY SameMinorVersion)

install(TARGETS stator_shared LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${stator_archive} DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/stator DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_BINARY_DIR}/stator.pc DESTINATION ${stator_pc_dir})
install(FILES ${PROJECT_BINARY_DIR}/stator-config.cmake
  ${PROJECT_BINARY_DIR}/stator-config-version.cmake DESTINATION ${stator_cmake_dir})
set(stator_pages stator stator_calls stator_engine stator_model stator_patterns stator_testkit)
list(TRANSFORM stator_pages PREPEND ${PROJECT_SOURCE_DIR}/docs/)
list(TRANSFORM stator_pages APPEND .3)
install(FILES ${stator_pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)
