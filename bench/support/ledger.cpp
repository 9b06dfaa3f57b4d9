// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/support/ledger.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/text.hpp"

namespace signpost::bench {
namespace {

constexpr std::size_t read_octets = 1 << 20;

result<void> count_lines(std::string_view lines, id_counts& counts) {
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    const auto id = parse_message_id(lines.substr(0, end));
    if (!id || !counts.add(*id)) {
      return fail(errc::malformed, "not an id: " + printable(lines.substr(0, end), 60));
    }
    lines.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace

std::optional<message_id> parse_message_id(std::string_view text) {
  const std::size_t dash = text.rfind('-');
  if (dash == std::string_view::npos || dash == 0 || dash > run_name_octets_max) {
    return std::nullopt;
  }
  const auto number = parse_uint(text.substr(dash + 1));
  if (!number || *number > message_number_max) return std::nullopt;
  return message_id{text.substr(0, dash), *number};
}

result<ledger_writer> ledger_writer::open(const std::string& path) {
  ledger_writer ledger;
  ledger.fd_ = file_descriptor(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!ledger.fd_.open()) return fail(errc::unavailable, path + ": " + std::strerror(errno));
  return ledger;
}

void ledger_writer::append(message_id id) {
  if (!fd_.open()) return;
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, id.number).ptr;
  buffer_.append(id.run).push_back('-');
  buffer_.append(digits, end).push_back('\n');
}

result<void> ledger_writer::flush() {
  if (buffer_.empty()) return {};
  if (!write_all(fd_.get(), buffer_)) {
    return fail(errno == ENOSPC ? errc::no_space : errc::unavailable, std::strerror(errno));
  }
  buffer_.clear();
  return {};
}

bool id_counts::add(message_id id) {
  if (id.number > message_number_max) return false;
  const run* known = find(id.run);
  if (known == nullptr) {
    if (runs_.size() == runs_max) return false;
    runs_.push_back({std::string(id.run), {}});
    last_ = runs_.size() - 1;
  } else {
    last_ = static_cast<std::size_t>(known - runs_.data());
  }
  auto& counts = runs_[last_].counts;
  if (counts.size() <= id.number) {
    counts.resize(std::max<std::size_t>(id.number + 1, counts.size() * 2));
  }
  auto& count = counts[id.number];
  if (count == 0) ++distinct_;
  if (count < 255) ++count;
  ++total_;
  return true;
}

const id_counts::run* id_counts::find(std::string_view name) const {
  if (last_ < runs_.size() && runs_[last_].name == name) return &runs_[last_];
  const auto it = std::ranges::find(runs_, name, &run::name);
  return it == runs_.end() ? nullptr : &*it;
}

std::uint8_t id_counts::count_of(message_id id) const {
  const run* known = find(id.run);
  return known != nullptr && id.number < known->counts.size() ? known->counts[id.number]
                                                              : std::uint8_t{0};
}

void id_counts::for_each(const std::function<void(message_id, std::uint8_t)>& visit) const {
  for (const auto& r : runs_) {
    for (std::size_t n = 0; n < r.counts.size(); ++n) {
      if (r.counts[n] != 0) visit({r.name, n}, r.counts[n]);
    }
  }
}

result<void> read_ledger(const std::string& path, id_counts& counts) {
  const file_descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.open()) return fail(errc::unavailable, path + ": " + std::strerror(errno));
  std::string buffer;
  std::size_t kept = 0;
  while (true) {
    buffer.resize(kept + read_octets);
    const ssize_t n = ::read(fd.get(), buffer.data() + kept, read_octets);
    if (n < 0) return fail(errc::unavailable, path + ": " + std::strerror(errno));
    if (n == 0) return {};
    buffer.resize(kept + static_cast<std::size_t>(n));
    const std::size_t whole = buffer.rfind('\n') + 1;
    SP_CHECK(count_lines(std::string_view(buffer).substr(0, whole), counts));
    buffer.erase(0, whole);
    kept = buffer.size();
  }
}

}  // namespace signpost::bench
