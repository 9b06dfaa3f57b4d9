// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Identifiers that cannot be mistaken for each other.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace signpost {

/// `using zone_id = strong_id<struct zone_tag>;`: a string that is a type of its own.
template <typename Tag>
class strong_id {
 public:
  strong_id() = default;
  explicit strong_id(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  friend auto operator<=>(const strong_id&, const strong_id&) = default;

 private:
  std::string text_;
};

}  // namespace signpost

template <typename Tag>
struct std::hash<signpost::strong_id<Tag>> {
  std::size_t operator()(const signpost::strong_id<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.text());
  }
};
