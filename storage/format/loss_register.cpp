// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/format/loss_register.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <span>

#include "base/file_descriptor.hpp"
#include "base/text.hpp"
#include "base/whole_file.hpp"
#include "storage/format/crc32c.hpp"
#include "storage/format/key_numbers.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view waiting = ".loss";
constexpr std::string_view kept_prefix = "kept-";

std::string text_of(const loss& l) {
  std::string out;
  const auto line = [&](std::string_view word, std::string_view rest) {
    if (!rest.empty()) out.append(word).append(" ").append(rest).append("\n");
  };
  line("loss", l.id);
  line("found", to_rfc3339(l.found));
  line("unaccounted", std::to_string(l.count) + " " + l.unit);
  line("at_least", l.at_least ? "yes" : "");
  line("gone", l.gone);
  line("kept", l.kept);
  for (const auto& cause : l.causes) line("cause", cause);
  const auto named = std::min(l.items.size(), loss_register::items_max);
  const auto* const item = l.unit == "messages" ? "message" : "change";
  for (std::size_t i = 0; i < named; ++i) line(item, l.items[i]);
  if (named < l.items.size()) line("more", std::to_string(l.items.size() - named));
  return out;
}

/// The beginning of the file; empty if it cannot be read.
std::string read_beginning(const fs::path& path) {
  std::string octets(4096, '\0');
  const file_descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const auto got = file.open() ? read(file.get(), octets.data(), octets.size()) : 0;
  octets.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return octets;
}

/// The head of the file; an unreadable part counts as at least one message.
loss read_head(const fs::path& path) {
  loss l{.id = path.stem().string(),
         .found = {},
         .unit = "messages",
         .count = 1,
         .at_least = true};
  const auto head = read_beginning(path);
  for (const auto text : split(head, '\n')) {
    const auto space = text.find(' ');
    if (space == std::string_view::npos) break;
    const auto word = text.substr(0, space);
    const auto rest = text.substr(space + 1);
    if (word == "unaccounted") {
      const auto end = std::from_chars(rest.data(), rest.data() + rest.size(), l.count).ptr;
      l.at_least = end == rest.data();
      const auto gap = rest.find(' ');
      if (gap != std::string_view::npos) l.unit = rest.substr(gap + 1);
    }
    if (word == "at_least") l.at_least = true;
    if (word == "gone") l.gone = rest;
    if (word == "kept") l.kept = rest;
  }
  return l;
}

}  // namespace

// Derived from the facts: the same loss has the same id at every start, and accepting it accepts no
// other loss.
std::string make_loss_id(std::string_view identity, std::uint64_t acknowledged,
                         const loss& found) {
  std::string facts(identity);
  facts += ' ' + std::to_string(acknowledged) + ' ' + std::to_string(found.count);
  for (const auto& cause : found.causes) facts += ' ' + cause;
  std::string sum;
  schema::append_be32(sum, crc32c(facts));
  return "loss-" + to_hex(std::as_bytes(std::span(sum)));
}

std::string path_beside(std::string_view folder, std::string_view ending) {
  while (folder.size() > 1 && folder.ends_with('/')) folder.remove_suffix(1);
  return std::string(folder) + std::string(ending);
}

result<void> make_owners_folder(const std::string& path) {
  std::error_code failed;
  fs::create_directories(path, failed);
  if (!failed) fs::permissions(path, fs::perms::owner_all, failed);
  if (failed) return fail(errc::unavailable, path + ": " + failed.message());
  return {};
}

std::string loss::amount() const {
  return (at_least ? "at least " : "") + std::to_string(count);
}

result<void> loss_register::announce(const loss& found) const {
  if (is_accepted(found.id) || fs::exists(file_of(found.id))) return {};
  SP_CHECK(make_owners_folder(folder_));
  SP_CHECK(write_whole_file(file_of(found.id), text_of(found), {.durable = durable_}));
  return durable_ ? sync_folder(folder_of(folder_)) : result<void>();
}

std::vector<loss> loss_register::pending() const {
  std::vector<loss> found;
  std::error_code failed;
  for (fs::directory_iterator at(folder_, failed), end; !failed && at != end;
       at.increment(failed)) {
    if (at->path().extension() == waiting) found.push_back(read_head(at->path()));
  }
  std::ranges::sort(found, {}, &loss::id);
  return found;
}

bool loss_register::is_accepted(std::string_view id) const {
  std::error_code failed;
  return fs::exists(folder_ + "/" + std::string(id) + ".accepted", failed);
}

result<void> loss_register::rename(std::string_view id, std::string_view ending) const {
  // An id is a file name: it must not reach anything else.
  const bool sound = id.starts_with("loss-") && id.find('/') == std::string_view::npos;
  const auto from = file_of(id);
  const auto to = folder_ + "/" + std::string(id) + std::string(ending);
  if (!sound || std::rename(from.c_str(), to.c_str()) != 0) {
    if (!sound || errno == ENOENT) {
      return fail(errc::not_found, "there is no open loss '" + printable(id, 80) + "'");
    }
    return tl::unexpected(file_error(from, errno));
  }
  return durable_ ? sync_folder(folder_) : result<void>();
}

result<std::string> loss_register::make_kept_folder(std::string_view name) const {
  std::vector<fs::path> kept;
  std::error_code failed;
  for (fs::directory_iterator at(folder_, failed), end; !failed && at != end;
       at.increment(failed)) {
    if (at->path().filename().string().starts_with(kept_prefix)) kept.push_back(at->path());
  }
  std::ranges::sort(kept, {}, [](const fs::path& path) {
    std::error_code ignored;
    return fs::last_write_time(path, ignored);
  });
  for (std::size_t i = 0; kept.size() - i >= kept_max; ++i) fs::remove_all(kept[i], failed);
  auto path = folder_ + "/" + std::string(kept_prefix) + std::string(name);
  SP_CHECK(make_owners_folder(path));
  return path;
}

}  // namespace signpost::storage
