// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/offline/backup_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <set>

#include "base/file_descriptor.hpp"
#include "base/text.hpp"
#include "base/whole_file.hpp"
#include "proto/crypto/digest.hpp"

namespace signpost::cli {
namespace {

namespace files = std::filesystem;

constexpr std::string_view manifest_name = "backup.json";
constexpr std::size_t piece_octets = 256U << 10;
constexpr std::size_t manifest_octets_max = 64U << 20;

tl::unexpected<error> system_error(const std::string& path) {
  return tl::unexpected(file_error(path, errno));
}

/// Reads a file to its end, piece by piece.
result<void> for_each_piece(const std::string& path,
                            const std::function<result<void>(std::string_view)>& take) {
  const file_descriptor in(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in.open()) return system_error(path);
  std::string buffer(piece_octets, '\0');
  for (;;) {
    const auto n = ::read(in.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(path);
    if (n == 0) return {};
    SP_CHECK(take(std::string_view(buffer).substr(0, static_cast<std::size_t>(n))));
  }
}

std::string hex_of(std::string_view octets) {
  return to_hex(std::as_bytes(std::span(octets.data(), octets.size())));
}

/// Size and hash of a file.
result<backup_entry> measure(const std::string& path) {
  backup_entry found;
  crypto::digest digest(crypto::digest_algorithm::sha256);
  SP_CHECK(for_each_piece(path, [&](std::string_view piece) -> result<void> {
    digest.update(piece);
    found.octets += piece.size();
    return {};
  }));
  found.sha256 = hex_of(digest.finish());
  return found;
}

json to_json(const backup_manifest& m) {
  auto rows = json::array();
  for (const auto& e : m.files) {
    rows.push_back({{"path", e.path},
                    {"octets", e.octets},
                    {"mode", fmt::format("{:04o}", e.mode)},
                    {"sha256", e.sha256}});
  }
  return {{"format", backup_manifest::format_now},
          {"host_name", m.host_name},
          {"created", m.created},
          {"version", m.version},
          {"data_dir", m.data_dir},
          {"running", m.running},
          {"messages", m.messages},
          {"recipients", m.recipients},
          {"files", std::move(rows)}};
}

std::string hash_of(const json& manifest) {
  const auto digest = crypto::sha256(manifest.dump());
  return to_hex(digest);
}

/// A manifest may come from anywhere, and a restore must not write outside its target.
bool is_inside(const std::string& path) {
  if (!path.starts_with("data/") && !path.starts_with("files/")) return false;
  for (const auto part : split(path, '/')) {
    if (part.empty() || part == "." || part == "..") return false;
  }
  return path.find('\0') == std::string::npos;
}

std::optional<backup_entry> entry_of(const json& row) {
  if (!row.is_object()) return std::nullopt;
  backup_entry e;
  e.path = row.value("path", "");
  e.octets = row.value("octets", std::uint64_t{0});
  e.sha256 = row.value("sha256", "");
  const auto mode = row.value("mode", "");
  if (!is_inside(e.path) || e.sha256.size() != 64 || mode.size() != 4) return std::nullopt;
  e.mode = 0;
  for (const char digit : mode) {
    if (digit < '0' || digit > '7') return std::nullopt;
    e.mode = e.mode * 8 + static_cast<unsigned>(digit - '0');
  }
  return e;
}

result<backup_manifest> from_json(const json& j, const std::string& path) {
  if (j.value("format", std::uint64_t{0}) != backup_manifest::format_now) {
    return fail(errc::malformed, path + ": was made by a newer version of signpost");
  }
  backup_manifest m{.host_name = j.value("host_name", ""),
                    .created = j.value("created", ""),
                    .version = j.value("version", ""),
                    .data_dir = j.value("data_dir", ""),
                    .running = j.value("running", false),
                    .messages = j.value("messages", std::uint64_t{0}),
                    .recipients = j.value("recipients", std::uint64_t{0}),
                    .files = {}};
  for (const auto& row : j.value("files", json::array())) {
    auto entry = entry_of(row);
    if (!entry) return fail(errc::corrupt, path + ": has a line that cannot be read");
    m.files.push_back(std::move(*entry));
  }
  return m;
}

/// The directory in which a path is.
std::string parent_of(const std::string& path) {
  return files::path(path).parent_path().string();
}

}  // namespace

std::uint64_t backup_manifest::octets() const {
  std::uint64_t sum = 0;
  for (const auto& e : files) sum += e.octets;
  return sum;
}

result<void> make_directories(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return sync_folder(parent_of(path));
  if (errno == EEXIST) return {};
  if (errno != ENOENT || parent_of(path).empty()) return system_error(path);
  SP_CHECK(make_directories(parent_of(path)));
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return system_error(path);
  return sync_folder(parent_of(path));
}

result<backup_entry> copy_file(const std::string& from, const std::string& to, unsigned mode) {
  // Only its owner may read it until it is complete and has its mode: it may be a secret.
  const file_descriptor out(
      ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!out.open()) return system_error(to);
  backup_entry copied{.path = to, .octets = 0, .mode = mode, .sha256 = {}};
  crypto::digest digest(crypto::digest_algorithm::sha256);
  SP_CHECK(for_each_piece(from, [&](std::string_view piece) -> result<void> {
    digest.update(piece);
    copied.octets += piece.size();
    if (!write_all(out.get(), piece)) return system_error(to);
    return {};
  }));
  copied.sha256 = hex_of(digest.finish());
  if (::fchmod(out.get(), mode) != 0 || ::fsync(out.get()) != 0) return system_error(to);
  return copied;
}

result<backup_writer> backup_writer::begin(const std::string& folder) {
  SP_CHECK(make_directories(folder));
  std::error_code failed;
  const bool empty = files::is_empty(folder, failed);
  if (failed) return fail(errc::denied, folder + ": " + failed.message());
  if (!empty) return fail(errc::conflict, folder + " is not empty");
  return backup_writer(folder);
}

result<void> backup_writer::add(const std::string& from, const std::string& path) {
  struct stat info {};
  if (::stat(from.c_str(), &info) != 0) return system_error(from);
  const auto to = folder_ + "/" + path;
  SP_CHECK(make_directories(parent_of(to)));
  SP_TRY(auto entry, copy_file(from, to, info.st_mode & 07777U));
  entry.path = path;
  entries_.push_back(std::move(entry));
  return sync_folder(parent_of(to));
}

result<void> backup_writer::add_tree(const std::string& from, const std::string& path,
                                     const choice& wanted) {
  std::error_code failed;
  std::set<std::string> found;
  for (files::recursive_directory_iterator at(from, failed), end; !failed && at != end;
       at.increment(failed)) {
    if (at->is_regular_file(failed)) found.insert(at->path().string());
  }
  if (failed) return fail(errc::unavailable, from + ": " + failed.message());
  for (const auto& file : found) {
    const auto relative = file.substr(from.size() + 1);
    if (wanted(relative)) SP_CHECK(add(file, path + "/" + relative));
  }
  return {};
}

result<backup_manifest> backup_writer::finish(backup_manifest about) {
  about.files = entries_;
  auto manifest = to_json(about);
  manifest["sha256"] = hash_of(manifest);
  // Written last: a folder without it is not a backup, so one that was interrupted cannot pass for
  // one.
  const auto path = folder_ + "/" + std::string(manifest_name);
  SP_CHECK(
      write_whole_file(path, manifest.dump(2) + "\n", {.existing = existing_file::kept}));
  return about;
}

result<backup_manifest> read_backup(const std::string& folder) {
  const auto path = folder + "/" + std::string(manifest_name);
  std::string text;
  const auto read = for_each_piece(path, [&](std::string_view piece) -> result<void> {
    text += piece;
    if (text.size() > manifest_octets_max) return fail(errc::limit_exceeded, path + " is too long");
    return {};
  });
  if (!read && read.error().code == errc::not_found) {
    return fail(errc::not_found, folder + " is not a complete backup: it has no " + path);
  }
  SP_CHECK(read);
  auto j = json::parse(text, nullptr, false);
  if (!j.is_object() || !j.contains("sha256") || !j["sha256"].is_string()) {
    return fail(errc::corrupt, path + " is damaged");
  }
  const auto told = j["sha256"].get<std::string>();
  j.erase("sha256");
  if (hash_of(j) != told) return fail(errc::corrupt, path + " is damaged");
  try {
    return from_json(j, path);
  } catch (const json::exception& wrong) {
    return fail(errc::corrupt, path + ": " + wrong.what());
  }
}

std::vector<std::string> verify_backup(const std::string& folder, const backup_manifest& about) {
  std::vector<std::string> faults;
  std::set<std::string> known{std::string(manifest_name)};
  for (const auto& e : about.files) {
    known.insert(e.path);
    const auto found = measure(folder + "/" + e.path);
    if (!found) {
      faults.push_back(found.error().context);
    } else if (found->octets != e.octets) {
      faults.push_back(fmt::format("{}: {} octets instead of {}", e.path, found->octets, e.octets));
    } else if (found->sha256 != e.sha256) {
      faults.push_back(e.path + ": other content (SHA-256)");
    }
  }
  std::error_code failed;
  for (files::recursive_directory_iterator at(folder, failed), end; !failed && at != end;
       at.increment(failed)) {
    const auto relative = files::path(at->path()).lexically_relative(folder).string();
    if (!at->is_directory() && !known.contains(relative)) {
      faults.push_back(relative + ": is not in the manifest");
    }
  }
  if (failed) faults.push_back(folder + ": " + failed.message());
  return faults;
}

}  // namespace signpost::cli
