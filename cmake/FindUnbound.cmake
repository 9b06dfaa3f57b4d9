# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
#
# Finds libunbound: unbound::unbound. Debian 12 ships its pkg-config file without the packages that
# the file refers to (nettle), so pkg-config cannot be asked.

find_path(UNBOUND_INCLUDE_DIR unbound.h)
find_library(UNBOUND_LIBRARY unbound)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Unbound REQUIRED_VARS UNBOUND_LIBRARY UNBOUND_INCLUDE_DIR)
if(Unbound_FOUND AND NOT TARGET unbound::unbound)
  add_library(unbound::unbound UNKNOWN IMPORTED)
  set_target_properties(unbound::unbound PROPERTIES
    IMPORTED_LOCATION "${UNBOUND_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${UNBOUND_INCLUDE_DIR}")
endif()
mark_as_advanced(UNBOUND_INCLUDE_DIR UNBOUND_LIBRARY)
