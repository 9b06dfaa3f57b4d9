// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dns/resolver.hpp"

namespace signpost::dns {

std::string_view to_string(status s) {
  switch (s) {
    case status::records:
      return "records";
    case status::nxdomain:
      return "nxdomain";
    case status::nodata:
      return "nodata";
    case status::servfail:
      return "servfail";
    case status::timeout:
      return "timeout";
  }
  return "unknown";
}

std::string_view to_string(record_type t) {
  switch (t) {
    case record_type::a:
      return "A";
    case record_type::cname:
      return "CNAME";
    case record_type::ptr:
      return "PTR";
    case record_type::mx:
      return "MX";
    case record_type::txt:
      return "TXT";
    case record_type::aaaa:
      return "AAAA";
    case record_type::tlsa:
      return "TLSA";
  }
  return "unknown";
}

}  // namespace signpost::dns
