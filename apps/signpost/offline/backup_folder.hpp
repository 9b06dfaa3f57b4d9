// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A backup on disk: a folder with `data/` (what goes into a data directory), `files/` (settings,
// zones, certificates and keys that are kept elsewhere, below their whole path) and `backup.json`,
// which is written last and names every file with its size, mode and SHA-256, and itself.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "apps/signpost/client/api_client.hpp"
#include "base/result.hpp"

namespace signpost::cli {

/// A file of a backup.
struct backup_entry {
  std::string path;  ///< below the backup's folder
  std::uint64_t octets = 0;
  unsigned mode = 0600;
  std::string sha256;  ///< 64 hexadecimal digits
};

struct backup_manifest {
  static constexpr std::uint64_t format_now = 1;

  std::string host_name;
  std::string created;   ///< RFC 3339
  std::string version;   ///< of the program that made it
  std::string data_dir;  ///< where the node had it
  bool running = false;  ///< the node ran meanwhile
  std::uint64_t messages = 0;
  std::uint64_t recipients = 0;
  std::vector<backup_entry> files;

  [[nodiscard]] std::uint64_t octets() const;
};

/// Puts a new backup together.
class backup_writer {
 public:
  /// errc::conflict: there is something in `folder`; errc::denied, errc::no_space.
  static result<backup_writer> begin(const std::string& folder);
  /// Copies a file to `path` below the folder, with its mode; synced.
  result<void> add(const std::string& from, const std::string& path);
  /// The same with all files below a directory for which `wanted` says yes of its relative path.
  using choice = std::function<bool(std::string_view relative)>;
  result<void> add_tree(const std::string& from, const std::string& path, const choice& wanted);
  /// Writes the manifest; without it, the folder is not a backup.
  result<backup_manifest> finish(backup_manifest about);

 private:
  explicit backup_writer(std::string folder) : folder_(std::move(folder)) {}
  std::string folder_;
  std::vector<backup_entry> entries_;
};

/// The manifest, if it is what was written. errc::not_found, errc::corrupt, errc::malformed (of a
/// newer version).
result<backup_manifest> read_backup(const std::string& folder);
/// Every way in which the folder is not what the manifest says; empty if it is whole.
std::vector<std::string> verify_backup(const std::string& folder, const backup_manifest& about);

/// Copies a file, whole and synced, and gives it `mode`; its size and hash. The target must not
/// exist (errc::conflict).
result<backup_entry> copy_file(const std::string& from, const std::string& to, unsigned mode);
/// Makes a directory and those above it; new ones have mode 0700.
result<void> make_directories(const std::string& path);

}  // namespace signpost::cli
