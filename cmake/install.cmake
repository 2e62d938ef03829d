# What `make install PREFIX=DIR` puts where: the program and its manual page; library.cmake adds the
# library.
include(GNUInstallDirs)
set(CMAKE_INSTALL_MANDIR ${CMAKE_INSTALL_DATAROOTDIR}/man) # in share/ whatever the prefix
install(PROGRAMS ${PROJECT_BINARY_DIR}/stator DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${PROJECT_SOURCE_DIR}/docs/stator.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
