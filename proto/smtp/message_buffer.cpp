// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/smtp/message_buffer.hpp"

#include <algorithm>

namespace signpost::smtp {
namespace {

constexpr std::uint64_t first_step_octets = 16 * 1024;
// A client may declare any SIZE; it gets this much before it has sent anything.
constexpr std::uint64_t first_step_octets_max = 1024 * 1024;

}  // namespace

message_buffer::message_buffer(memory_budget& budget, std::uint64_t octets_max,
                               std::uint64_t declared)
    : lease_(budget),
      octets_max_(octets_max),
      first_step_(static_cast<std::size_t>(
          std::min(declared == 0 ? first_step_octets : declared, first_step_octets_max))) {}

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
  // The same doubling as std::string's own, so that the lease covers what is really allocated.
  const auto room = std::max({needed, octets_.capacity() * 2, first_step_});
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
