// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The format of values, on disks and between nodes: a version, then fields in a fixed order.
// model/queue/codec.hpp, storage/control/control_codec.hpp and cluster/wire define their meaning.
//
// The first octet is the major version of the kind of value (high 4 bits) and the minor one (low
// 4). A newer minor version only adds fields behind the others, which older readers skip.
//
//     value_writer w(64);
//     auto octets = w.text(name).number(size).take();
//     value_reader r(octets);
//     name = r.text(); size = r.number();
//     if (!r.finish()) return fail(errc::corrupt, "a name with its size");
//
// A reader never looks behind the end, whatever sizes it is told, and takes no memory for what is
// not there.
//
// Threads: any, each object one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"

namespace signpost {

inline constexpr unsigned value_version_major = 1;
inline constexpr unsigned value_version_minor = 0;  ///< of most kinds of values

constexpr std::uint64_t zigzag(std::int64_t v) {
  return static_cast<std::uint64_t>(v) << 1 ^ static_cast<std::uint64_t>(v >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t v) {
  return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
}

class value_writer {
 public:
  /// `minor` is that of the kind of value: each one added fields at the end.
  explicit value_writer(std::size_t expected, unsigned minor = value_version_minor) {
    out_.reserve(expected);
    out_ += static_cast<char>(value_version_major << 4 | minor);
  }
  value_writer& octet(std::uint8_t v) {
    out_ += static_cast<char>(v);
    return *this;
  }
  value_writer& number(std::uint64_t v) {
    while (v >= 0x80) {
      out_ += static_cast<char>(v | 0x80);
      v >>= 7;
    }
    out_ += static_cast<char>(v);
    return *this;
  }
  value_writer& time(wall_time t) { return number(zigzag(t.time_since_epoch().count())); }
  value_writer& text(std::string_view t) {
    number(t.size());
    out_ += t;
    return *this;
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

/// Reads what `value_writer` wrote. After the first error everything reads as zero and `finish`
/// fails.
class value_reader {
 public:
  /// `known_minor`: the version of this kind of value up to which its fields are read.
  explicit value_reader(std::string_view value, unsigned known_minor = value_version_minor)
      : rest_(value) {
    const auto version = octet();
    minor_ = version & 0x0F;
    newer_ = minor_ > known_minor;
    if (version >> 4 != value_version_major) good_ = false;
  }
  std::uint8_t octet() {
    if (!good_ || rest_.empty()) {
      good_ = false;
      return 0;
    }
    const auto v = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return v;
  }
  std::uint64_t number() {
    std::uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto next = octet();
      // The tenth octet has room for one bit.
      if (shift == 63 && next > 1) break;
      v |= static_cast<std::uint64_t>(next & 0x7F) << shift;
      if (next < 0x80) return good_ ? v : 0;
    }
    good_ = false;
    return 0;
  }
  std::uint32_t small_number() {
    const auto v = number();
    if (v > UINT32_MAX) good_ = false;
    return good_ ? static_cast<std::uint32_t>(v) : 0;
  }
  wall_time time() { return wall_time{milliseconds{unzigzag(number())}}; }
  std::string text() {
    const auto size = number();
    if (!good_ || size > rest_.size()) {
      good_ = false;
      return {};
    }
    std::string t(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return t;
  }
  /// An enumerator from 0 to `last`.
  template <typename Enum>
  Enum choice(Enum last) {
    const auto v = octet();
    if (v > static_cast<std::uint8_t>(last)) good_ = false;
    return good_ ? static_cast<Enum>(v) : Enum{};
  }
  void refuse() { good_ = false; }
  [[nodiscard]] bool good() const { return good_; }
  /// The version with which the value was written: it has no fields of later versions.
  [[nodiscard]] unsigned minor() const { return minor_; }

  /// True if there was no error and nothing is left over, except what a newer minor version added.
  [[nodiscard]] bool finish() const { return good_ && (rest_.empty() || newer_); }

 private:
  std::string_view rest_;
  bool good_ = true;
  bool newer_ = false;
  unsigned minor_ = 0;
};

}  // namespace signpost
