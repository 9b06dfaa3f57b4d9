// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Frames: what goes over a connection between two nodes.
//
//     std::string out;
//     append_frame(out, {.type = frame_type::note, .kind = 7}, "octets");
//     frame_reader reader;
//     if (auto read = reader.feed(out, sink); !read) …   // the connection ends with read.error()
//
// A frame is a header of 20 octets, numbers with the highest octet first, and a payload:
//
//     0  size of the payload      4
//     4  type                     1    frame_type; a reader skips types that it does not know
//     5  0                        1    ignored
//     6  kind                     2    what the payload is, of notes and requests; else 0
//     8  number                   8    of the request that a request, answer or failure belongs to
//    16  within                   4    of a request: milliseconds in which an answer is of use
//
// Limits: those of the sink, which sees each header before any of the payload is kept. The reader
// keeps at most one payload, and nothing of one that comes in one piece.
//
// Threads: one at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace signpost::cluster::link {

enum class frame_type : std::uint8_t {
  hello = 1,    ///< cluster/link/hello.hpp; the first frame of each side
  note = 2,     ///< has no answer
  request = 3,
  answer = 4,
  failure = 5,  ///< to a request: why there is no answer
  ping = 6,     ///< comes back as pong with the same payload
  pong = 7,
  part = 8,     ///< the next octets of a body
  credit = 9,   ///< how many more octets of a body may be sent
  farewell = 10 ///< why the connection ends; nothing follows
};

struct frame_header {
  std::uint32_t size = 0;
  frame_type type{};
  std::uint16_t kind = 0;
  std::uint64_t number = 0;
  std::uint32_t within_ms = 0;
  friend bool operator==(const frame_header&, const frame_header&) = default;
};

inline constexpr std::size_t frame_header_octets = 20;

[[nodiscard]] std::array<char, frame_header_octets> encode_frame_header(const frame_header& header,
                                                                        std::size_t payload);
/// Appends a frame. `header.size` is ignored: it is that of `payload`.
void append_frame(std::string& out, const frame_header& header, std::string_view payload);
/// `octets` has at least `frame_header_octets`.
[[nodiscard]] frame_header decode_frame_header(std::string_view octets);

enum class payload_use : std::uint8_t { keep, skip };

/// Gets the frames of a connection.
class frame_sink {
 public:
  virtual ~frame_sink() = default;
  /// A header has arrived. An error ends the reading.
  virtual result<payload_use> begin(const frame_header& header) = 0;
  /// The frame is complete. Not called if its payload was skipped. `payload` is valid during the
  /// call; `frame_reader::take` makes a string of it. An error ends the reading.
  virtual result<void> complete(const frame_header& header, std::string_view payload) = 0;
};

class frame_reader {
 public:
  /// Hands over all frames in `octets`; what is incomplete waits for more. Fails as the sink does;
  /// then the reader must not be used again, and may have been destroyed.
  result<void> feed(std::string_view octets, frame_sink& sink);
  /// Inside frame_sink::complete: its payload, without a copy if it had to be collected.
  [[nodiscard]] std::string take(std::string_view payload);

 private:
  result<bool> take_header(std::string_view& octets, frame_sink& sink);
  result<bool> take_payload(std::string_view& octets, frame_sink& sink);

  std::string collected_;  ///< of the header, then of the payload
  frame_header header_;
  std::size_t skip_left_ = 0;
  bool in_payload_ = false;
};

}  // namespace signpost::cluster::link
