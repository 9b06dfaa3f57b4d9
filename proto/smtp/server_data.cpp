// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How a server session takes the content of a message, by DATA or BDAT.
#include <algorithm>

#include "proto/smtp/server_session_impl.hpp"

namespace signpost::smtp {

void server_session::impl::begin_transfer(data_reader::mode mode) {
  incoming.emplace(
      transfer{message_buffer(account, options.message_octets_max, open->declared_octets),
               data_reader(mode)});
  pace.emplace(progress{.since = last_heard});
}

void server_session::impl::begin_chunk(const bdat_command& c, std::optional<say> refused) {
  const auto before = incoming ? incoming->buffer.octets_seen() : 0;
  // No honest client announces that much; reading it only to discard it helps nobody.
  if (c.size > 2 * options.message_octets_max || before + c.size > 2 * options.message_octets_max) {
    refuse(say::too_much_data);
    return;
  }
  if (!refused && !incoming) begin_transfer(data_reader::mode::chunk);
  current = {.announced = c.size, .missing = c.size, .last = c.last, .refused = refused};
  at = stage::chunk;
  if (!pace) pace.emplace(progress{.since = last_heard});
  if (c.size == 0) end_chunk();
}

/// Each interval counts separately: fast data long ago does not excuse a slow client now.
void server_session::impl::note_progress(std::size_t octets) {
  if (last_heard >= pace->since + options.data_timeout && data_deadline() > last_heard) {
    pace->since += options.data_timeout;
    pace->octets = 0;
  }
  pace->octets += octets;
}

/// A client that has sent enough in this interval gets the next one as well.
steady_time server_session::impl::data_deadline() const {
  const auto stretch_ms = static_cast<std::uint64_t>(options.data_timeout.count());
  const auto wanted = options.data_rate_min * stretch_ms / 1000;
  const bool enough = pace->octets > 0 && pace->octets >= wanted;
  return pace->since + (enough ? 2 : 1) * options.data_timeout;
}

/// Takes octets of the message off the front of `bytes`; returns how many.
std::size_t server_session::impl::take_content(std::string_view bytes) {
  return at == stage::data ? take_data(bytes) : take_chunk(bytes);
}

std::size_t server_session::impl::take_data(std::string_view bytes) {
  incoming->buffer.expect(bytes.size());
  const auto used = incoming->reader.feed(bytes, incoming->buffer);
  if (refuse_flood()) return bytes.size();
  if (incoming->reader.done()) end_message();
  return used;
}

std::size_t server_session::impl::take_chunk(std::string_view bytes) {
  const auto used =
      static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), current.missing));
  if (!current.refused) {
    incoming->buffer.expect(used);
    incoming->reader.feed(bytes.substr(0, used), incoming->buffer);
  }
  current.missing -= used;
  if (current.missing == 0) end_chunk();
  return used;
}

void server_session::impl::end_chunk() {
  at = stage::commands;
  waiting_since = last_heard;
  if (current.refused) {
    if (!incoming) pace.reset();
    refuse(*current.refused);
    return;
  }
  if (current.last) incoming->reader.finish(incoming->buffer);
  if (current.last || incoming->buffer.problem()) {
    end_message();
  } else {
    say_row(say::chunk_ok, std::to_string(current.announced));
  }
}

/// Hands the message to the owner, or refuses it now that all of it has been read.
void server_session::impl::end_message() {
  auto& buffer = incoming->buffer;
  pace.reset();
  waiting_since = last_heard;
  // A chunk may end within a line; storing and forwarding the message needs complete ones.
  if (!buffer.ends_with_line()) buffer.append("\r\n");
  if (const auto problem = buffer.problem()) {
    const bool doubtful = incoming->reader.ended_doubtfully();
    end_transaction();
    at = stage::commands;
    refuse(*problem);
    // Nothing after a doubtful end is acted upon, in this segment or the next.
    if (doubtful) finish();
    settle();
    return;
  }
  event = message_event{buffer.take_octets(), buffer.take_lease()};
  incoming.reset();
  at = stage::message_answer;
}

/// True if the client sent so much more than allowed that there is no point in reading on.
bool server_session::impl::refuse_flood() {
  if (!incoming->buffer.is_flooded()) return false;
  refuse(say::too_much_data);
  return true;
}

}  // namespace signpost::smtp
