// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The `Received:` field that we add (RFC 5321 §4.4).
//
// Threads: pure functions. Whatever a client said about itself is made safe here: it can forge
// neither a line, a comment nor a clause.
#pragma once

#include <string>
#include <string_view>

#include "base/ip.hpp"

namespace signpost::imf {

/// How a message was received.
struct received_info {
  std::string helo;         ///< the client's own name; empty = it gave none
  std::string client_name;  ///< its verified reverse name; empty = unknown
  ip_address client_address;
  std::string by_host;             ///< our own name
  std::string protocol = "ESMTP";  ///< the word after `with`: RFC 3848, RFC 6531 §4.3
  std::string tls_version;         ///< `TLSv1.3`; empty = no TLS
  std::string tls_cipher;          ///< `TLS_AES_256_GCM_SHA384`
  unsigned tls_bits = 0;           ///< 0 = unknown
  std::string queue_id;            ///< empty = no `id` clause
  /// The one recipient; empty = no `for` clause. RFC 5321 §7.2: leave it empty when there are more,
  /// or blind copies would be disclosed.
  std::string for_recipient;
  std::string date;  ///< date-time of RFC 5322 §3.3
};

/// `Received: from … by … with … id … for …; date`, folded, with CRLF. UTF-8 of the client or the
/// recipient is only kept with a protocol that begins with `UTF8` (RFC 6531 §3.7.3).
[[nodiscard]] std::string received_field(const received_info& info);

}  // namespace signpost::imf
