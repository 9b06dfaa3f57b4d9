// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A file that is either complete or does not exist: it is written and synced under a temporary name
// beside its place, and moved there in one step.
//
//     write_whole_file(path, octets);                              // replaces what was there
//     write_whole_file(path, secret, {.existing = existing_file::kept});  // errc::conflict
//     write_whole_file(path, octets, {.durable = false});
//
// What a crash leaves behind is `PATH.new.PID`.
//
// Threads: any; two threads of one process must not write the same path at once.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace signpost {

/// What happens to an existing file.
enum class existing_file : std::uint8_t {
  replaced,  ///< in one step: a reader gets the old one or the new one
  kept,      ///< errc::conflict, also if it appears while ours is written
};

struct whole_file_promise {
  existing_file existing = existing_file::replaced;
  mode_t mode = 0600;  ///< from the first octet, less the umask
  /// Content and name are on the disk when it returns. False: for stores that do not sync.
  bool durable = true;
  /// Files created by root belong to the owner of the folder, because the node is not root.
  bool for_owner_of_folder = false;
};

/// errc::not_found: the folder does not exist; errc::conflict; errc::denied; errc::no_space (also a
/// quota); errc::unavailable. The text names path and reason. The file is then unchanged, or it is
/// the new one and only its name may not be on the disk.
result<void> write_whole_file(const std::string& path, std::string_view octets,
                              const whole_file_promise& promise = {});

/// Makes the names in a folder durable. Fails as above.
result<void> sync_folder(const std::string& path);
/// Whether something has that name; a link counts if what it leads to exists.
[[nodiscard]] bool file_exists(const std::string& path);
/// `/a` of `/a/b`, `.` of `b`.
[[nodiscard]] std::string folder_of(std::string_view path);
/// The error for an errno about a file, as above.
[[nodiscard]] error file_error(const std::string& path, int number);
/// Gives an open file to the owner of the folder around `path`, if we are root.
void give_to_owner_of_folder(int descriptor, const std::string& path);

}  // namespace signpost
