// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The tables dkim-record and dkim-sig of kind `parse-tables`.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "proto/dkim/key_record.hpp"
#include "proto/dkim/signature.hpp"
#include "proto/imf/message_view.hpp"

namespace signpost::conformance {

/// `expected` is "record, is it DKIM at all, error".
inline std::pair<bool, std::string> judge_dkim_record(const std::string& text,
                                                      const std::string& expected) {
  const auto got = dkim::parse_key_record(text);
  const bool wanted = !expected.starts_with("nil");
  return {got.has_value() == wanted, got ? "accepted" : got.error().context};
}

/// `expected` is "is it internationalized mail, signature, error"; `text` a whole header field.
inline std::pair<bool, std::string> judge_dkim_signature(const std::string& text,
                                                         const std::string& expected) {
  const bool wanted = expected.find(", nil, ") == std::string::npos;
  const imf::message_view view(text, imf::line_ends::lf);
  if (view.fields().size() != 1
      || !equals_ignoring_case(view.fields().front().name, "DKIM-Signature")) {
    return {!wanted, "not the field"};
  }
  const auto got =
      dkim::parse_signature(view.fields().front().value, {.utf8 = expected.starts_with("true")});
  return {got.has_value() == wanted, got ? "accepted" : got.error().context};
}

}  // namespace signpost::conformance
