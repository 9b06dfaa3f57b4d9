// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/address/punycode.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace signpost::address {
namespace {

// RFC 3492 §5.
constexpr std::uint32_t base = 36;
constexpr std::uint32_t threshold_min = 1;
// RFC 3492 §5.
constexpr std::uint32_t threshold_max = 26;
constexpr std::uint32_t skew = 38;
constexpr std::uint32_t damp = 700;
constexpr std::uint32_t initial_bias = 72;
constexpr std::uint32_t initial_code_point = 0x80;
constexpr std::uint32_t code_point_max = 0x10ffff;

// RFC 3492 §6.1.
std::uint32_t adapt(std::uint64_t delta, std::size_t points, bool first) {
  delta = first ? delta / damp : delta / 2;
  delta += delta / points;
  std::uint32_t k = 0;
  for (; delta > (base - threshold_min) * threshold_max / 2; k += base) {
    delta /= base - threshold_min;
  }
  return k + static_cast<std::uint32_t>((base - threshold_min + 1) * delta / (delta + skew));
}

std::uint32_t threshold(std::uint32_t k, std::uint32_t bias) {
  return k <= bias ? threshold_min : std::min(k - bias, threshold_max);
}

std::optional<std::uint32_t> digit_value(char c) {
  if (is_digit(c)) return static_cast<std::uint32_t>(c - '0') + 26;
  if (is_alpha(c)) return static_cast<std::uint32_t>(ascii_lower(c) - 'a');
  return std::nullopt;
}

char digit(std::uint64_t value) {
  return static_cast<char>(value < 26 ? 'a' + value : '0' + (value - 26));
}

// Takes one variable-length integer from the front of `text` (RFC 3492 §6.2); nothing if it ends
// early, has a wrong digit or is too big.
std::optional<std::uint64_t> take_delta(std::string_view& text, std::uint32_t bias) {
  // No code point of a label of this length needs more; far from overflow with one more digit.
  constexpr std::uint64_t value_max =
      std::uint64_t{code_point_max + 1} * (limits::label_octets_max + 1);
  std::uint64_t value = 0;
  std::uint64_t weight = 1;
  for (std::uint32_t k = base; !text.empty(); k += base) {
    const auto d = digit_value(text.front());
    if (!d || weight > value_max) return std::nullopt;
    text.remove_prefix(1);
    value += *d * weight;
    if (value > value_max) return std::nullopt;
    const auto t = threshold(k, bias);
    if (*d < t) return value;
    weight *= base - t;
  }
  return std::nullopt;
}

void append_delta(std::string& out, std::uint64_t delta, std::uint32_t bias) {
  for (std::uint32_t k = base;; k += base) {
    const auto t = threshold(k, bias);
    if (delta < t) break;
    out += digit(t + (delta - t) % (base - t));
    delta = (delta - t) / (base - t);
  }
  out += digit(delta);
}

}  // namespace

std::optional<code_points> punycode_decode(std::string_view text) {
  if (text.size() > limits::label_octets_max || !is_ascii(text)) return std::nullopt;
  code_points label;
  if (const auto delimiter = text.rfind('-'); delimiter != std::string_view::npos) {
    label.assign(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(delimiter));
    text.remove_prefix(delimiter + 1);
  }
  std::uint32_t bias = initial_bias;
  std::uint64_t n = initial_code_point;
  bool first = true;
  for (std::uint64_t i = 0; !text.empty(); ++i) {
    const auto delta = take_delta(text, bias);
    if (!delta) return std::nullopt;
    const auto points = label.size() + 1;
    bias = adapt(*delta, points, first);
    first = false;
    i += *delta;
    n += i / points;
    i %= points;
    if (n > code_point_max) return std::nullopt;
    label.insert(label.begin() + static_cast<std::ptrdiff_t>(i), static_cast<std::uint32_t>(n));
  }
  return label;
}

std::optional<std::string> punycode_encode(std::span<const std::uint32_t> label) {
  if (label.size() > limits::label_octets_max) return std::nullopt;
  std::string out;
  for (const auto c : label) {
    if (c < initial_code_point) out += static_cast<char>(c);
  }
  const auto basic = out.size();
  auto handled = basic;
  if (basic > 0) out += '-';
  std::uint32_t n = initial_code_point;
  std::uint64_t delta = 0;
  std::uint32_t bias = initial_bias;
  while (handled < label.size()) {
    std::uint32_t next = code_point_max;
    for (const auto c : label) {
      if (c >= n) next = std::min(next, c);
    }
    delta += std::uint64_t{next - n} * (handled + 1);
    n = next;
    for (const auto c : label) {
      if (c < n) ++delta;
      if (c != n) continue;
      append_delta(out, delta, bias);
      bias = adapt(delta, handled + 1, handled == basic);
      delta = 0;
      ++handled;
    }
    ++delta;
    ++n;
  }
  if (out.size() > limits::label_octets_max) return std::nullopt;
  return out;
}

}  // namespace signpost::address
