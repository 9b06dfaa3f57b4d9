// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the fuzz targets of both SMTP sessions share.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "proto/smtp/server_session.hpp"

namespace signpost::cluster {
/// Stands in for the one of storage/: in these programs nothing is stored.
class receipt_issuer {
 public:
  static commit_receipt pretend(std::string queue_id) {
    return commit_receipt(std::move(queue_id));
  }
};
}  // namespace signpost::cluster

namespace signpost::fuzz {

/// True if every CR is followed by a LF and every LF stands behind a CR.
inline bool has_whole_lines(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) return false;
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) return false;
  }
  return true;
}

}  // namespace signpost::fuzz
