# What Stator stands on, all from Debian's packages (scripts/install-dependencies).
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto SSL) # SSL: the tests' servers
find_package(ZLIB REQUIRED)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(libuv REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(libcurl REQUIRED IMPORTED_TARGET libcurl>=7.84)
pkg_check_modules(libdeflate REQUIRED IMPORTED_TARGET libdeflate)
if(STATOR_TESTS)
  pkg_check_modules(cmocka REQUIRED IMPORTED_TARGET cmocka)
endif()

find_path(ROCKSDB_INCLUDE rocksdb/c.h REQUIRED)
find_library(ROCKSDB_LIBRARY rocksdb REQUIRED)
add_library(stator_rocksdb INTERFACE)
target_include_directories(stator_rocksdb SYSTEM INTERFACE ${ROCKSDB_INCLUDE})
target_link_libraries(stator_rocksdb INTERFACE ${ROCKSDB_LIBRARY})

# The heap of the program, not of the library. A sanitizer brings its own. Linked whether or not the
# linker sees a use of it: with link-time optimisation it comes upon malloc later.
add_library(stator_heap INTERFACE)
if(NOT STATOR_SANITIZE AND NOT STATOR_FUZZ)
  find_library(JEMALLOC_LIBRARY jemalloc REQUIRED)
  target_link_libraries(stator_heap INTERFACE
    -Wl,--push-state,--no-as-needed,${JEMALLOC_LIBRARY},--pop-state)
endif()

# llhttp: the system's library where there is one, else the sources of Debian's node-llhttp.
find_library(LLHTTP_LIBRARY llhttp)
find_path(LLHTTP_INCLUDE llhttp.h PATHS /usr/share/include/llhttp REQUIRED)
if(LLHTTP_LIBRARY)
  add_library(stator_llhttp INTERFACE)
  target_link_libraries(stator_llhttp INTERFACE ${LLHTTP_LIBRARY})
  target_include_directories(stator_llhttp SYSTEM INTERFACE ${LLHTTP_INCLUDE})
else()
  find_path(LLHTTP_SOURCES llhttp.c PATHS /usr/share/llhttp REQUIRED)
  add_library(stator_llhttp STATIC ${LLHTTP_SOURCES}/api.c ${LLHTTP_SOURCES}/http.c
    ${LLHTTP_SOURCES}/llhttp.c)
  target_include_directories(stator_llhttp SYSTEM PUBLIC ${LLHTTP_INCLUDE})
  target_compile_options(stator_llhttp PRIVATE -w -O2)
  if(STATOR_FUZZ) # a fuzzer finds its way by what is reached, in there too
    target_compile_options(stator_llhttp PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endif()
