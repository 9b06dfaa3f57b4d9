# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
#
# One INTERFACE target with the flags of the whole tree and the functions with which a folder says what it is.

add_library(signpost_flags INTERFACE)
target_compile_features(signpost_flags INTERFACE cxx_std_20)
target_include_directories(signpost_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(signpost_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wimplicit-fallthrough
  # C++20 designated initialisers leave members at their defaults on purpose.
  -Wno-missing-field-initializers)
# What makes an overflow an abort instead of a way in: stack protector, checked libc calls and containers, control-flow
# protection, addresses chosen at random (PIE), a table of functions that cannot be written (RELRO, immediate binding).
# `hardening` in tests/tidy looks at the result. The sanitizers replace checked libc calls by their own.
option(SIGNPOST_HARDENING "Compile with the hardening flags that distributions use" ON)
if(SIGNPOST_HARDENING)
  include(CheckPIESupported)
  check_pie_supported()
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  target_compile_options(signpost_flags INTERFACE -fstack-protector-strong)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64|i.86")
    target_compile_options(signpost_flags INTERFACE -fcf-protection)
  endif()
  target_compile_definitions(signpost_flags INTERFACE _GLIBCXX_ASSERTIONS)
  if(NOT SIGNPOST_SANITIZE)
    # Without optimisation the libc warns that it cannot check.
    target_compile_options(signpost_flags INTERFACE
      $<$<NOT:$<BOOL:${SIGNPOST_COVERAGE}>>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
  endif()
  target_link_options(signpost_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
# A test program links most of the tree, and there are a hundred and fifty: gold takes 0.15 s for one, bfd 0.35.
if(CMAKE_BUILD_TYPE STREQUAL "Debug" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT SIGNPOST_SANITIZE)
  include(CheckLinkerFlag)
  check_linker_flag(CXX -fuse-ld=gold SIGNPOST_LINKS_WITH_GOLD)
  if(SIGNPOST_LINKS_WITH_GOLD)
    target_link_options(signpost_flags INTERFACE -fuse-ld=gold)
  endif()
endif()
if(SIGNPOST_WERROR)
  target_compile_options(signpost_flags INTERFACE -Werror)
endif()
if(SIGNPOST_SANITIZE)
  target_compile_options(signpost_flags INTERFACE
    -fsanitize=${SIGNPOST_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(signpost_flags INTERFACE -fsanitize=${SIGNPOST_SANITIZE})
  if(SIGNPOST_SANITIZE MATCHES "undefined")
    # CAF 0.17.6's headers bind null references when they spawn an actor; fuzz targets have none.
    if(NOT SIGNPOST_FUZZ)
      target_compile_options(signpost_flags INTERFACE -fno-sanitize=null)
    endif()
  endif()
endif()
if(SIGNPOST_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "SIGNPOST_FUZZ needs clang: -DCMAKE_CXX_COMPILER=clang++ (tools/fuzz does it)")
  endif()
  # Every library tells libFuzzer which branches were taken; the program alone gets its main().
  target_compile_options(signpost_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(SIGNPOST_COVERAGE)
  target_compile_options(signpost_flags INTERFACE --coverage -O0)
  target_link_options(signpost_flags INTERFACE --coverage)
endif()

include(SignpostPrecompiled)
include(SignpostUnity)

# signpost_cold(TARGET): no message passes through it, so that a release compiles it at -O1 in a fifth less time.
function(signpost_cold target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:RelWithDebInfo,Release>:-O1>)
endfunction()

# signpost_library(NAME SOURCES a.cpp ... DEPS signpost::base ... PRIVATE_DEPS fmt::fmt ... PCH caf COLD)
# Makes the static library signpost_NAME with the alias signpost::NAME. PCH: which set of precompiled headers, see
# SignpostPrecompiled.cmake; default `std`. COLD: as signpost_cold.
function(signpost_library name)
  cmake_parse_arguments(arg "COLD" "PCH" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  if(NOT arg_PCH)
    set(arg_PCH std)
  endif()
  if(arg_SOURCES)
    add_library(signpost_${name} STATIC ${arg_SOURCES})
    signpost_precompiled(signpost_${name} ${arg_PCH})
    signpost_unity(signpost_${name} ${arg_SOURCES})
    if(arg_COLD)
      signpost_cold(signpost_${name})
    endif()
    target_link_libraries(signpost_${name}
      PUBLIC signpost_flags ${arg_DEPS} PRIVATE ${arg_PRIVATE_DEPS})
  else()
    add_library(signpost_${name} INTERFACE)
    target_link_libraries(signpost_${name} INTERFACE signpost_flags ${arg_DEPS})
  endif()
  add_library(signpost::${name} ALIAS signpost_${name})
endfunction()

# The tests that sanitizers run (tools/test --asan): what reads strangers' bytes, keeps mail, and shares memory between
# threads. They get the label `sanitized` beside their own and are made by the target of that name.
set(SIGNPOST_SANITIZED_FOLDERS base proto model storage cluster net actors)
add_custom_target(sanitized)
function(signpost_label_test name label timeout)
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR}/tests ${CMAKE_CURRENT_SOURCE_DIR})
  string(REGEX REPLACE "/.*" "" folder ${folder})
  set(labels ${label})
  if(folder IN_LIST SIGNPOST_SANITIZED_FOLDERS OR label STREQUAL "fuzz")
    list(APPEND labels sanitized)
    add_dependencies(sanitized ${name})
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${labels}" TIMEOUT ${timeout})
endfunction()

# signpost_test(NAME LABEL unit SOURCES x_test.cpp ... DATA y_test.cpp ... DEPS signpost::smtp ... PCH test_caf)
# Makes the GoogleTest program NAME and registers it as one ctest test. The sources below DATA, which are named below
# SOURCES too, know tests/data as SIGNPOST_TEST_DATA. PCH: default `test`, or SIGNPOST_TEST_PCH of the folder.
function(signpost_test name)
  cmake_parse_arguments(arg "" "LABEL;TIMEOUT;PCH" "SOURCES;DATA;DEPS" ${ARGN})
  if(NOT arg_PCH)
    set(arg_PCH test)
    if(SIGNPOST_TEST_PCH)
      set(arg_PCH ${SIGNPOST_TEST_PCH})
    endif()
  endif()
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  add_executable(${name} ${arg_SOURCES})
  signpost_precompiled(${name} ${arg_PCH})
  target_link_libraries(${name} PRIVATE signpost_flags ${arg_DEPS} GTest::gmock GTest::gtest_main)
  # For the sources named alone, so that a compiler cache serves the others in every checkout.
  set_source_files_properties(${arg_DATA} PROPERTIES COMPILE_DEFINITIONS
    SIGNPOST_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
  add_test(NAME ${name} COMMAND ${name})
  signpost_label_test(${name} ${arg_LABEL} ${arg_TIMEOUT})
endfunction()

# signpost_fuzz(NAME SOURCES x_fuzz.cpp DEPS signpost::smtp CORPUS smtp_server)
# With clang and SIGNPOST_FUZZ=ON a libFuzzer program below fuzz/, made by the target `fuzz_targets`;
# else a program that replays the corpus in ctest.
function(signpost_fuzz name)
  cmake_parse_arguments(arg "" "CORPUS" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  signpost_precompiled(${name} std)
  target_link_libraries(${name} PRIVATE signpost_flags ${arg_DEPS})
  if(SIGNPOST_FUZZ)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
    if(NOT TARGET fuzz_targets)
      add_custom_target(fuzz_targets)
    endif()
    add_dependencies(fuzz_targets ${name})
  else()
    target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cpp)
    add_test(NAME ${name} COMMAND ${name} ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${arg_CORPUS})
    signpost_label_test(${name} fuzz 60)
  endif()
endfunction()

# signpost_bench(NAME SOURCES x_bench.cpp DEPS ...): a Google Benchmark program, not a test.
function(signpost_bench name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE signpost_flags ${arg_DEPS} benchmark::benchmark_main)
endfunction()
