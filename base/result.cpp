// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/result.hpp"

namespace signpost {

std::string_view to_string(errc code) {
  switch (code) {
    case errc::malformed: return "malformed";
    case errc::unavailable: return "unavailable";
    case errc::limit_exceeded: return "limit_exceeded";
    case errc::not_found: return "not_found";
    case errc::conflict: return "conflict";
    case errc::denied: return "denied";
    case errc::no_space: return "no_space";
    case errc::corrupt: return "corrupt";
  }
  return "unknown";
}

std::string to_string(const error& e) {
  std::string text(to_string(e.code));
  if (!e.context.empty()) text.append(": ").append(e.context);
  return text;
}

}  // namespace signpost
