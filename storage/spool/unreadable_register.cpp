// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/spool/unreadable_register.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "base/file_descriptor.hpp"
#include "base/text.hpp"
#include "base/whole_file.hpp"
#include "storage/format/loss_register.hpp"

namespace signpost::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view first_word = "message ";
constexpr std::size_t id_octets = 26;
constexpr std::string_view number_word = " number=";

std::string line_of(const unreadable_recipient& r, wall_time now) {
  const auto or_unknown = [](const std::string& text) {
    return text.empty() ? std::string("unknown") : "<" + printable(text) + ">";
  };
  std::string line(first_word);
  line += r.id.to_string();
  line.append(number_word).append(std::to_string(r.index));
  line += " accepted=" + to_rfc3339(r.id.accepted());
  line += " given-up=" + to_rfc3339(now);
  line += " sender=" + (r.sender ? "<" + printable(*r.sender) + ">" : std::string("unknown"));
  line += " recipient=" + or_unknown(r.recipient);
  if (!r.destination.empty() && r.destination != r.recipient) {
    line += " destination=" + or_unknown(r.destination);
  }
  return line + " why=" + printable(r.why) + "\n";
}

std::string read_whole(const std::string& path) {
  std::string octets;
  const file_descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string block(64U << 10, '\0');
  while (file.open()) {
    const auto got = ::read(file.get(), block.data(), block.size());
    if (got <= 0) break;
    octets.append(block, 0, static_cast<std::size_t>(got));
  }
  return octets;
}

}  // namespace

unreadable_register::unreadable_register(const std::string& store_folder, bool durable)
    : folder_(path_beside(store_folder, ".losses")), durable_(durable) {
  read();
}

void unreadable_register::read() {
  const auto octets = read_whole(file());
  for (const auto line : split(octets, '\n')) {
    if (!line.starts_with(first_word)) continue;
    const auto id = model::queue_id::parse(line.substr(first_word.size(), id_octets));
    if (!id) continue;
    auto behind = line.substr(std::min(line.size(), first_word.size() + id_octets));
    std::uint64_t index = 0;
    if (behind.starts_with(number_word)) {
      behind.remove_prefix(number_word.size());
      index = parse_uint(behind.substr(0, behind.find(' '))).value_or(0);
    }
    noted_.emplace(*id, static_cast<std::uint32_t>(index));
    messages_.insert(*id);
  }
}

result<void> unreadable_register::note(std::span<const unreadable_recipient> recipients,
                                       wall_time now) {
  const std::lock_guard lock(mutex_);
  std::string lines;
  for (const auto& r : recipients) {
    if (!noted_.contains({r.id, r.index})) lines += line_of(r, now);
  }
  if (lines.empty()) return {};
  SP_CHECK(make_owners_folder(folder_));
  const file_descriptor out(
      ::open(file().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!out.open() || !write_all(out.get(), lines) || (durable_ && fsync(out.get()) != 0)) {
    return tl::unexpected(file_error(file(), errno));
  }
  // A new file survives a power cut only if its folder, and that folder's own entry, are synced.
  if (durable_) {
    SP_CHECK(sync_folder(folder_));
    SP_CHECK(sync_folder(folder_of(folder_)));
  }
  for (const auto& r : recipients) {
    noted_.emplace(r.id, r.index);
    messages_.insert(r.id);
  }
  return {};
}

std::uint64_t unreadable_register::messages() const {
  const std::lock_guard lock(mutex_);
  return messages_.size();
}

void unreadable_register::look() {
  const std::lock_guard lock(mutex_);
  std::error_code failed;
  if (messages_.empty() || fs::exists(file(), failed) || failed) return;
  noted_.clear();
  messages_.clear();
}

result<void> unreadable_register::accept(wall_time now) {
  auto when = to_rfc3339(now);
  std::erase_if(when, [](char c) { return !is_alnum(c); });
  const auto to = folder_ + "/messages-" + when + ".accepted";
  if (std::rename(file().c_str(), to.c_str()) != 0) {
    if (errno == ENOENT) return fail(errc::not_found, "there are no unreadable messages to accept");
    return tl::unexpected(file_error(file(), errno));
  }
  if (durable_) SP_CHECK(sync_folder(folder_));
  look();
  return {};
}

}  // namespace signpost::storage
