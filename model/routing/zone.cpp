// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/routing/zone.hpp"

namespace signpost::model {

std::string_view to_string(matcher_kind k) {
  switch (k) {
    case matcher_kind::literal:
      return "literal";
    case matcher_kind::glob:
      return "glob";
    case matcher_kind::regex:
      return "regex";
    case matcher_kind::all:
      return "all";
  }
  return "";
}

std::string routing_rule::subject() const {
  switch (matcher) {
    case matcher_kind::literal:
      return address.to_string();
    case matcher_kind::glob:
    case matcher_kind::regex:
      return pattern.text();
    case matcher_kind::all:
      return "*";
  }
  return {};
}

}  // namespace signpost::model
