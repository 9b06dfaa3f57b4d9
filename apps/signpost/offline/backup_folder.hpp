// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// A backup on disk: a folder with `data/` (what goes into a data directory), `files/` (settings,
// zones, certificates and keys that are kept elsewhere, below their whole path) and `backup.json`,
// which is written last and names every file with its size, mode and SHA-256.
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
  std::string path;  ///< relative to the backup's folder
  std::uint64_t octets = 0;
  unsigned mode = 0600;
  std::string sha256;  ///< 64 hexadecimal digits
};

struct backup_manifest {
  static constexpr std::uint64_t format_now = 1;

  std::string host_name;
  std::string created;   ///< RFC 3339
  std::string version;   ///< of the program that created it
  std::string data_dir;  ///< where the node keeps it
  bool running = false;  ///< the node was running
  std::uint64_t messages = 0;
  std::uint64_t recipients = 0;
  std::vector<backup_entry> files;

  [[nodiscard]] std::uint64_t octets() const;
};

/// Creates a new backup.
class backup_writer {
 public:
  /// errc::conflict: `folder` is not empty; errc::denied, errc::no_space.
  static result<backup_writer> begin(const std::string& folder);
  /// Copies a file to `path` below the folder, with its mode; synced.
  result<void> add(const std::string& from, const std::string& path);
  /// The same for all files below a directory for whose relative path `wanted` returns true.
  using choice = std::function<bool(std::string_view relative)>;
  result<void> add_tree(const std::string& from, const std::string& path, const choice& wanted);
  /// Writes the manifest; without it, the folder is not a backup.
  result<backup_manifest> finish(backup_manifest about);

 private:
  explicit backup_writer(std::string folder) : folder_(std::move(folder)) {}
  std::string folder_;
  std::vector<backup_entry> entries_;
};

/// The manifest, if it is unchanged. errc::not_found, errc::corrupt, errc::malformed (from a newer
/// version).
result<backup_manifest> read_backup(const std::string& folder);
/// Every difference between the folder and the manifest; empty if it is intact.
std::vector<std::string> verify_backup(const std::string& folder, const backup_manifest& about);

/// Copies a file completely, synced, with `mode`; returns its size and hash. The target must not
/// exist (errc::conflict).
result<backup_entry> copy_file(const std::string& from, const std::string& to, unsigned mode);
/// Creates a directory and its parents; new ones have mode 0700.
result<void> make_directories(const std::string& path);

}  // namespace signpost::cli
