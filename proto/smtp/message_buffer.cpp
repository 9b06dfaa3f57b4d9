// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/smtp/message_buffer.hpp"

#include <algorithm>
#include <utility>

namespace signpost::smtp {
namespace {

constexpr std::size_t first_step_octets = 512;

}  // namespace

message_buffer::message_buffer(memory_account account, std::uint64_t octets_max,
                               std::uint64_t declared)
    : lease_(std::move(account)), octets_max_(octets_max), declared_(declared) {}

void message_buffer::expect(std::size_t octets) {
  if (!problem_ && seen_ + octets <= octets_max_ && !make_room(octets)) drop(say::no_memory);
}

void message_buffer::append(std::string_view text) {
  seen_ += text.size();
  if (problem_) return;
  if (seen_ > octets_max_) {
    drop(say::message_too_big);
  } else if (!make_room(text.size())) {
    drop(say::no_memory);
  } else {
    octets_ += text;
  }
}

bool message_buffer::make_room(std::size_t more) {
  const auto needed = octets_.size() + more;
  if (needed <= octets_.capacity() && lease_.held() > 0) return true;
  // The same doubling as std::string's own, so that the lease covers what is really allocated; but
  // a message of the announced size does not end up with twice its size.
  auto room = std::max({needed, octets_.capacity() * 2, first_step_octets});
  if (declared_ >= needed && declared_ < room) room = static_cast<std::size_t>(declared_);
  if (!lease_.grow_to(room)) return false;
  octets_.reserve(room);
  return true;
}

void message_buffer::drop(say why) {
  if (!problem_) problem_ = why;
  std::string().swap(octets_);
  lease_.release();
}

bool message_buffer::ends_with_line() const {
  return octets_.empty() || octets_.ends_with("\r\n");
}

}  // namespace signpost::smtp
