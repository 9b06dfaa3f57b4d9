# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
#
# Headers of the standard library and of other projects, read once for all sources that use a set of
# them. No header of ours is in a set: a change would compile everything anew. Sources include what
# they use all the same; the preset `plain` shows which do not. docs/BUILD_TIME.md has the figures.

option(SIGNPOST_PCH "Precompile the headers of other projects (GCC)" OFF)
if(SIGNPOST_PCH AND NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Clang takes a precompiled header only with exactly the same definitions; the fuzz targets are few.
  set(SIGNPOST_PCH OFF)
endif()
if(SIGNPOST_PCH)
  # GCC takes one only with the same flags, so all sources get what some would have: -pthread (some
  # pkg-config files ask for it), fmt's definition, and one kind of position-independent code. That of
  # programs (-fPIE) is the faster one and suits libraries too, which end in programs; with -fPIC each
  # call of a function can be seen in the objects (tests/tidy/unused_functions.py).
  target_compile_options(signpost_flags INTERFACE -pthread
    $<$<AND:$<BOOL:${SIGNPOST_HARDENING}>,$<NOT:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,MODULE_LIBRARY>>>:$<IF:$<CONFIG:Debug>,-fPIC,-fPIE>>)
  # What a precompiled header brings is no longer a system header to the optimiser's warnings, and GCC 12
  # is wrong about std::string there. The sanitizers' presets precompile nothing and keep them.
  target_compile_options(signpost_flags INTERFACE
    -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-restrict)
  get_target_property(fmt_definitions fmt::fmt INTERFACE_COMPILE_DEFINITIONS)
  if(fmt_definitions)
    target_compile_definitions(signpost_flags INTERFACE ${fmt_definitions})
  endif()
  if(SIGNPOST_CCACHE)
    # A launcher that tells ccache what it must be told before it keeps what was made with one.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${PROJECT_BINARY_DIR}/ccache)
    file(CONFIGURE OUTPUT ${CMAKE_CXX_COMPILER_LAUNCHER} @ONLY CONTENT [[#!/bin/sh
: "${CCACHE_SLOPPINESS:=pch_defines,time_macros}"
export CCACHE_SLOPPINESS
exec "@CCACHE_PROGRAM@" "$@"
]])
    file(CHMOD ${CMAKE_CXX_COMPILER_LAUNCHER} FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
      GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
    target_compile_options(signpost_flags INTERFACE -fpch-preprocess)
  endif()
endif()

set(SIGNPOST_PCH_std
  <algorithm> <array> <atomic> <chrono> <cstdint> <deque> <functional> <map> <memory> <mutex>
  <optional> <set> <span> <string> <string_view> <tl/expected.hpp> <unordered_map> <unordered_set>
  <utility> <variant> <vector>)
set(SIGNPOST_PCH_rocksdb ${SIGNPOST_PCH_std}
  <filesystem> <rocksdb/db.h> <rocksdb/env.h> <rocksdb/file_system.h> <rocksdb/listener.h>
  <rocksdb/utilities/write_batch_with_index.h> <rocksdb/write_batch.h>)
set(SIGNPOST_PCH_caf ${SIGNPOST_PCH_std}
  <caf/send.hpp> <caf/stateful_actor.hpp> <caf/typed_event_based_actor.hpp>
  <caf/typed_response_promise.hpp>)
set(SIGNPOST_PCH_json ${SIGNPOST_PCH_std} <fmt/format.h> <nlohmann/json.hpp>)
set(gtest <gtest/gtest.h>)
set(SIGNPOST_PCH_test ${SIGNPOST_PCH_std} ${gtest})
set(SIGNPOST_PCH_test_rocksdb ${SIGNPOST_PCH_rocksdb} ${gtest})
set(SIGNPOST_PCH_test_caf ${SIGNPOST_PCH_caf} ${gtest}
  <caf/actor_system.hpp> <caf/scheduler/test_coordinator.hpp> <caf/scoped_actor.hpp>)
set(SIGNPOST_PCH_test_json ${SIGNPOST_PCH_json} ${gtest})

# The targets that make them, with the flags that all have: GCC refuses them under others.
if(SIGNPOST_PCH)
  set(sets std rocksdb caf json)
  if(BUILD_TESTING)
    find_package(GTest REQUIRED)
    list(APPEND sets test test_rocksdb test_caf test_json)
  endif()
  foreach(set ${sets})
    set(owner signpost_pch_${set})
    file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/${owner}.cpp CONTENT "// Belongs to ${owner}.\n")
    add_library(${owner} OBJECT EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/${owner}.cpp)
    target_link_libraries(${owner} PRIVATE signpost_flags)
    if(set MATCHES "^test")
      target_link_libraries(${owner} PRIVATE GTest::gtest)
    endif()
    target_precompile_headers(${owner} PRIVATE ${SIGNPOST_PCH_${set}})
  endforeach()
endif()

# signpost_precompiled(TARGET SET): compiles TARGET with that set of precompiled headers.
function(signpost_precompiled target set)
  if(SIGNPOST_PCH)
    target_precompile_headers(${target} REUSE_FROM signpost_pch_${set})
  endif()
endfunction()
