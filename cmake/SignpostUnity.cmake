# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
#
# Compiles several sources of a library as one, for a build that is made once: what they share is read
# and instantiated once for all of them. unity_groups.py finds the sources that have no name in common.

option(SIGNPOST_UNITY "Compile several sources as one: a whole build is faster, a small change slower" OFF)
if(SIGNPOST_UNITY)
  find_package(Python3 COMPONENTS Interpreter)
  if(NOT Python3_FOUND)
    message(STATUS "SIGNPOST_UNITY: without Python 3 each source is compiled alone")
    set(SIGNPOST_UNITY OFF)
  endif()
endif()
if(SIGNPOST_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Several sources need more memory anyway: GCC collects garbage later (700 MB instead of 600) and is a
  # tenth faster. It also takes the sources of one for headers, in which unnamed namespaces were a mistake.
  target_compile_options(signpost_flags INTERFACE
    "SHELL:--param ggc-min-heapsize=1000000" "SHELL:--param ggc-min-expand=200" -Wno-subobject-linkage)
endif()

# signpost_unity(TARGET SOURCE...): divides the sources of TARGET, which is made in this folder.
function(signpost_unity target)
  if(NOT SIGNPOST_UNITY)
    return()
  endif()
  list(TRANSFORM ARGN PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/" REGEX "^[^/]")
  execute_process(
    COMMAND ${Python3_EXECUTABLE} -B ${PROJECT_SOURCE_DIR}/cmake/unity_groups.py
      --root ${PROJECT_SOURCE_DIR} ${ARGN}
    OUTPUT_VARIABLE groups OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE ";" "|" groups "${groups}")
  string(REPLACE "\n" ";" groups "${groups}")
  list(POP_BACK groups depends)
  # Another name in a source or header, and the groups may have to be others.
  string(REPLACE "|" ";" depends "${depends}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${depends}
    ${PROJECT_SOURCE_DIR}/cmake/unity_groups.py)
  set(number 0)
  foreach(group ${groups})
    string(REPLACE "|" ";" group "${group}")
    math(EXPR number "${number} + 1")
    set_source_files_properties(${group} PROPERTIES UNITY_GROUP ${target}_${number})
  endforeach()
  # `log_` is each source's own (RENAMED in unity_groups.py).
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP
    UNITY_BUILD_UNIQUE_ID SIGNPOST_SOURCE
    UNITY_BUILD_CODE_BEFORE_INCLUDE
    "#define SIGNPOST_PASTE(a, b) a##b\n#define SIGNPOST_OWN(a, b) SIGNPOST_PASTE(a, b)\n#define log_ SIGNPOST_OWN(log_, SIGNPOST_SOURCE)"
    UNITY_BUILD_CODE_AFTER_INCLUDE "#undef log_\n#undef SIGNPOST_OWN\n#undef SIGNPOST_PASTE")
endfunction()
