# What `make install PREFIX=DIR` puts where: the program and its manual pages; library.cmake adds
# the library.
include(GNUInstallDirs)
set(CMAKE_INSTALL_MANDIR ${CMAKE_INSTALL_DATAROOTDIR}/man) # in share/ whatever the prefix
install(PROGRAMS ${PROJECT_BINARY_DIR}/stator DESTINATION ${CMAKE_INSTALL_BINDIR})
set(stator_commands stator stator-check stator-serve) # the last two lead to the first
list(TRANSFORM stator_commands PREPEND ${PROJECT_SOURCE_DIR}/docs/)
list(TRANSFORM stator_commands APPEND .1)
install(FILES ${stator_commands} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
