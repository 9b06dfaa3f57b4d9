# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
#
# Whether each header includes what it uses: every one compiled alone, without precompiled headers.
# The preset `plain` makes the target `headers_alone`.

option(SIGNPOST_HEADERS_ALONE "Compile each header alone as well" OFF)
if(SIGNPOST_HEADERS_ALONE)
  set(sources)
  foreach(folder base proto model storage net monitoring actors api apps bench tests)
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}
      ${PROJECT_SOURCE_DIR}/${folder}/*.hpp)
    # `.inl.hpp` is the second half of a header and says so.
    list(FILTER headers EXCLUDE REGEX "\\.inl\\.hpp$")
    foreach(header ${headers})
      set(source ${PROJECT_BINARY_DIR}/headers_alone/${header}.cpp)
      file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${header}\"\n#include \"${header}\"\n")
      list(APPEND sources ${source})
    endforeach()
  endforeach()
  add_library(headers_alone OBJECT ${sources})
  target_link_libraries(headers_alone PRIVATE signpost_flags)
endif()
