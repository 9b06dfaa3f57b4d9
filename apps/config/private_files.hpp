// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Files with secrets that our programs write: owner-only from the first octet, and either complete
// or absent. Who may be able to read one is defined in base/secret_file.hpp. Files written by root
// are given to the owner of the directory.
//
// Threads: functions of their arguments.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace signpost::config {

/// Creates the directory (0700) if it does not exist; its parent must exist. Then as the check.
result<void> make_private_directory(const std::string& path);
/// errc::not_found; errc::denied by the rule for secret files, with the remedy.
result<void> check_private_directory(const std::string& path);

/// The whole file. errc::not_found, errc::denied as above, errc::unavailable,
/// errc::limit_exceeded (`octets_max`).
result<std::string> read_private_file(const std::string& path, std::size_t octets_max);
/// Replaces the file in one step, mode 0600; when it returns, the content is on the disk.
/// errc::denied, errc::no_space, errc::unavailable: then the file is unchanged.
result<void> write_private_file(const std::string& path, std::string_view content);
/// errc::not_found, errc::denied, errc::unavailable.
result<void> remove_private_file(const std::string& path);

/// Held while a directory is changed in several steps; another process waits.
class directory_lock {
 public:
  static result<directory_lock> take(const std::string& directory);
  /// errc::unavailable if another one holds it.
  static result<directory_lock> take_if_free(const std::string& directory);
  directory_lock(directory_lock&& other) noexcept;
  directory_lock& operator=(directory_lock&&) = delete;
  ~directory_lock();

 private:
  static result<directory_lock> take_by(const std::string& directory, int how);
  explicit directory_lock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace signpost::config
