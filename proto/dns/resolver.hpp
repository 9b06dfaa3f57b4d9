// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The DNS as mail needs it: an interface behind which libunbound, or a table in a test, answers.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"

namespace signpost::dns {

enum class record_type : std::uint16_t {
  a = 1,
  cname = 5,
  ptr = 12,
  mx = 15,
  txt = 16,
  aaaa = 28,
  tlsa = 52
};

/// How a query ended. `nodata`: the name exists, not with this type.
enum class status { records, nxdomain, nodata, servfail, timeout };

/// DNSSEC: `secure` = validated, `insecure` = provably unsigned or not validated, `bogus` = failed.
enum class security { insecure, secure, bogus };

/// One record; which members are set depends on the queried type.
struct record {
  ip_address address;            ///< A, AAAA
  std::uint16_t preference = 0;  ///< MX
  std::string name;              ///< MX, CNAME, PTR: lower case, no trailing dot; empty = the root
  std::string text;              ///< TXT: the character-strings joined (RFC 7208 §3.3)
  std::string rdata;             ///< TLSA and others: raw octets
};

struct answer {
  dns::status status = dns::status::servfail;
  dns::security security = dns::security::insecure;
  std::vector<record> records;
  std::chrono::seconds ttl{0};
  /// The name at the end of the CNAME chain, if there was one; lower case, no trailing dot.
  std::string canonical_name;
  /// For human readers: why it was bogus or failed.
  std::string reason;
};

struct question {
  std::string name;  ///< A-labels, no trailing dot; compared without case
  record_type type = record_type::a;
  friend bool operator==(const question&, const question&) = default;
};

std::string_view to_string(status s);
std::string_view to_string(record_type t);

/// Threads: `resolve` may be called from any thread; `done` is called exactly once, on a thread
/// chosen by the resolver and never inside `resolve`, even if the answer is cached. Every query
/// ends, at the latest with `timeout` after the resolver's own timeout. A CNAME is followed.
class resolver {
 public:
  virtual ~resolver() = default;
  using callback = std::function<void(const answer&)>;
  virtual void resolve(question q, callback done) = 0;
};

}  // namespace signpost::dns
