// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What several values that go between nodes are made of, and how it is written.
//
// Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ip.hpp"
#include "base/result.hpp"
#include "base/value_format.hpp"
#include "proto/address/mailbox.hpp"
#include "proto/crypto/digest.hpp"
#include "proto/smtp/path.hpp"
#include "proto/smtp/reply.hpp"
#include "proto/smtp/server_session.hpp"

namespace signpost::cluster::wire {

/// What the server session knows of the other side.
struct client_facts {
  ip_address address;
  std::string name;  ///< verified reverse name, empty if unknown
  std::string helo;
  std::string protocol;  ///< `with` word
  std::optional<smtp::tls_info> tls;
  friend bool operator==(const client_facts&, const client_facts&) = default;
};

/// Which octets a value speaks of: bodies travel beside the values, on connections of their own.
struct body_reference {
  std::uint64_t size = 0;
  crypto::sha256_octets digest{};
  friend bool operator==(const body_reference&, const body_reference&) = default;
};

/// Mailboxes of one list.
inline constexpr std::size_t mailboxes_max = 1024;

void write(value_writer& w, const ip_address& a);
void write(value_writer& w, const client_facts& c);
void write(value_writer& w, const body_reference& b);
void write(value_writer& w, const address::mailbox& m);
void write(value_writer& w, const std::vector<address::mailbox>& list);
void write(value_writer& w, const smtp::reverse_path& p);
void write(value_writer& w, const smtp::forward_path& p);
void write(value_writer& w, const smtp::reply& r);
void write(value_writer& w, const error& e);

// Each refuses the value that it is a part of if it is none.
[[nodiscard]] ip_address read_address(value_reader& r);
[[nodiscard]] client_facts read_client(value_reader& r);
[[nodiscard]] body_reference read_body(value_reader& r);
[[nodiscard]] address::mailbox read_mailbox(value_reader& r);
[[nodiscard]] std::vector<address::mailbox> read_mailboxes(value_reader& r);
[[nodiscard]] smtp::reverse_path read_reverse_path(value_reader& r);
[[nodiscard]] smtp::forward_path read_forward_path(value_reader& r);
[[nodiscard]] smtp::reply read_reply(value_reader& r);
[[nodiscard]] error read_error(value_reader& r);

/// errc::limit_exceeded with the name of the limit. Before anything is read: octets without an
/// upper bound would be memory without one.
[[nodiscard]] result<void> check_size(std::string_view octets, std::size_t max,
                                      std::string_view limit);

/// Bits of what is true, from the lowest.
[[nodiscard]] std::uint64_t flags(std::initializer_list<bool> bits);
[[nodiscard]] constexpr bool flag(std::uint64_t bits, unsigned index) {
  return (bits >> index & 1U) != 0;
}

template <typename T, typename Write>
void write_list(value_writer& w, const std::vector<T>& list, const Write& write_one) {
  w.number(list.size());
  for (const auto& one : list) write_one(w, one);
}

/// Refuses more than `max`. No room is made before something is read for it.
template <typename T, typename Read>
[[nodiscard]] std::vector<T> read_list(value_reader& r, std::size_t max, const Read& read_one) {
  const auto count = r.number();
  if (count > max) r.refuse();
  std::vector<T> list;
  for (std::uint64_t i = 0; i < count && r.good(); ++i) list.push_back(read_one(r));
  return list;
}

/// An answer: a value, or the other node's error.
template <typename T, typename Write>
[[nodiscard]] std::string encode_answer(const result<T>& answer, const Write& write_value) {
  value_writer w(256);
  w.octet(answer ? 1 : 0);
  if (answer) {
    write_value(w, *answer);
  } else {
    write(w, answer.error());
  }
  return w.take();
}

/// errc::malformed with `what` if the octets are none, or the other node's error.
template <typename T, typename Read>
[[nodiscard]] result<T> decode_answer(std::string_view octets, std::string_view what,
                                      const Read& read_value) {
  value_reader r(octets);
  result<T> out;
  if (r.octet() == 1) {
    out = read_value(r);
  } else {
    out = tl::unexpected(read_error(r));
  }
  if (!r.finish()) return fail(errc::malformed, std::string(what));
  return out;
}

}  // namespace signpost::cluster::wire
