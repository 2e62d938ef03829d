# The warnings of both compilers, and the flags that sanitizers and fuzzers add.
option(STATOR_WERROR "Warnings are errors (CI)" OFF)
set(STATOR_SANITIZE "" CACHE STRING "address,undefined | thread | empty")
option(STATOR_FUZZ "Build the libFuzzer targets (clang)" OFF)
set(STATOR_TEST_PREFIX "" CACHE STRING "Stands before every test name: tells build trees apart")

set(CMAKE_C_FLAGS_RELEASE "-O2 -g") # no NDEBUG: asserts stay on
set(CMAKE_C_FLAGS_DEBUG "-O1 -g")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

# Small functions in many files: let the linker inline across them.
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT STATOR_SANITIZE AND NOT STATOR_FUZZ)
  include(CheckIPOSupported)
  check_ipo_supported(RESULT STATOR_HAS_IPO OUTPUT ipo_output LANGUAGES C)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${STATOR_HAS_IPO})
endif()

add_library(stator_flags INTERFACE)
target_compile_options(stator_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef -Wvla -Wcast-qual
  -Wcast-align -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
  -Wwrite-strings -Wpointer-arith -Wswitch-enum -Wimplicit-fallthrough -Wnull-dereference
  -Wdouble-promotion -fno-common -fvisibility=hidden
  $<$<C_COMPILER_ID:GNU>:-Wduplicated-cond -Wduplicated-branches -Wlogical-op>
  $<$<C_COMPILER_ID:Clang>:-Wthread-safety -Wcomma>
  $<$<BOOL:${STATOR_WERROR}>:-Werror>)
target_compile_definitions(stator_flags INTERFACE _GNU_SOURCE
  STATOR_VERSION="${PROJECT_VERSION}")
target_include_directories(stator_flags INTERFACE ${PROJECT_SOURCE_DIR}/src)

if(STATOR_SANITIZE)
  target_compile_options(stator_flags INTERFACE -fsanitize=${STATOR_SANITIZE}
    -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(stator_flags INTERFACE -fsanitize=${STATOR_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(stator_flags INTERFACE -fstack-protector-strong -D_FORTIFY_SOURCE=2)
endif()
if(STATOR_FUZZ)
  target_compile_options(stator_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
