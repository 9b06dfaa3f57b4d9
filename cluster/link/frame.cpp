// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/link/frame.hpp"

#include <algorithm>
#include <utility>

namespace signpost::cluster::link {
namespace {

void put_number(char* at, std::uint64_t number, unsigned octets) {
  for (unsigned i = octets; i-- > 0;) *at++ = static_cast<char>(number >> (8 * i));
}

std::uint64_t number_at(std::string_view octets, std::size_t at, std::size_t size) {
  std::uint64_t number = 0;
  for (const char c : octets.substr(at, size)) {
    number = number << 8 | static_cast<unsigned char>(c);
  }
  return number;
}

}  // namespace

std::array<char, frame_header_octets> encode_frame_header(const frame_header& header,
                                                          std::size_t payload) {
  std::array<char, frame_header_octets> out{};
  put_number(out.data(), payload, 4);
  put_number(out.data() + 4, static_cast<std::uint8_t>(header.type), 1);
  put_number(out.data() + 6, header.kind, 2);
  put_number(out.data() + 8, header.number, 8);
  put_number(out.data() + 16, header.within_ms, 4);
  return out;
}

void append_frame(std::string& out, const frame_header& header, std::string_view payload) {
  const auto head = encode_frame_header(header, payload.size());
  out.append(head.data(), head.size());
  out += payload;
}

frame_header decode_frame_header(std::string_view octets) {
  return {.size = static_cast<std::uint32_t>(number_at(octets, 0, 4)),
          .type = static_cast<frame_type>(octets[4]),
          .kind = static_cast<std::uint16_t>(number_at(octets, 6, 2)),
          .number = number_at(octets, 8, 8),
          .within_ms = static_cast<std::uint32_t>(number_at(octets, 16, 4))};
}

result<void> frame_reader::feed(std::string_view octets, frame_sink& sink) {
  for (;;) {
    if (skip_left_ > 0) {
      const auto skipped = std::min(skip_left_, octets.size());
      octets.remove_prefix(skipped);
      skip_left_ -= skipped;
      if (skip_left_ > 0) return {};
    }
    SP_TRY(const bool whole, in_payload_ ? take_payload(octets, sink) : take_header(octets, sink));
    if (!whole) return {};
  }
}

// True if something was complete, so that there may be more.
result<bool> frame_reader::take_header(std::string_view& octets, frame_sink& sink) {
  const auto wanted = std::min(frame_header_octets - collected_.size(), octets.size());
  if (collected_.empty() && wanted == frame_header_octets) {
    header_ = decode_frame_header(octets);
  } else {
    collected_ += octets.substr(0, wanted);
  }
  octets.remove_prefix(wanted);
  if (wanted < frame_header_octets) {
    if (collected_.size() < frame_header_octets) return false;
    header_ = decode_frame_header(collected_);
    collected_.clear();
  }
  SP_TRY(const auto use, sink.begin(header_));
  if (use == payload_use::skip) {
    skip_left_ = header_.size;
  } else {
    in_payload_ = true;
  }
  return true;
}

result<bool> frame_reader::take_payload(std::string_view& octets, frame_sink& sink) {
  const std::size_t left = header_.size - collected_.size();
  const auto piece = octets.substr(0, left);
  if (piece.size() < left) {
    if (piece.empty()) return false;
    // The sink has agreed to hold that many.
    if (collected_.empty()) collected_.reserve(header_.size);
    collected_ += piece;
    octets = {};
    return false;
  }
  octets.remove_prefix(piece.size());
  in_payload_ = false;
  if (collected_.empty()) {
    SP_CHECK(sink.complete(header_, piece));
    return true;
  }
  collected_ += piece;
  SP_CHECK(sink.complete(header_, collected_));
  // A large one does not stay for the small ones that follow.
  std::string().swap(collected_);
  return true;
}

std::string frame_reader::take(std::string_view payload) {
  if (payload.data() == collected_.data() && payload.size() == collected_.size()) {
    return std::exchange(collected_, {});
  }
  return std::string(payload);
}

}  // namespace signpost::cluster::link
