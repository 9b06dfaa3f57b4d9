// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Mailboxes, domains, paths, IP addresses and whole command lines: what is read and written is read
// again as the same.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "base/ip.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "proto/address/idna.hpp"
#include "proto/address/mailbox.hpp"
#include "proto/smtp/command.hpp"
#include "proto/smtp/reply.hpp"

namespace signpost {
namespace {

void check_mailbox(std::string_view text) {
  for (const auto& read :
       {address::mailbox::parse(text), address::mailbox::parse_from_peer(text)}) {
    if (!read) continue;
    const auto spelled = read->to_string();
    SP_ASSERT(spelled.size() <= 2 * address::mailbox_octets_max && is_utf8(spelled));
    SP_ASSERT(spelled.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    SP_ASSERT(read->literal().has_value() == read->host().empty());
    // A domain may grow by its A-labels beyond what a mailbox may have.
    const auto again = address::mailbox::parse_from_peer(spelled);
    SP_ASSERT(again ? *again == *read : again.error().code == errc::limit_exceeded);
  }
}

void check_domain(std::string_view text) {
  const auto read = address::domain::parse(text);
  if (!read) return;
  SP_ASSERT(!read->empty() && is_ascii(read->ascii()) && to_lower(read->ascii()) == read->ascii());
  SP_ASSERT(read->ascii().size() < limits::domain_octets_max && read->is_under(*read));
  SP_ASSERT(address::domain::parse(read->ascii()) == *read);
  const auto again = address::domain::parse(address::to_u_labels(read->ascii()));
  SP_ASSERT(again ? *again == *read : again.error().code == errc::limit_exceeded);
}

void check_path(std::string_view text) {
  if (const auto read = smtp::reverse_path::parse(text)) {
    const auto again = smtp::reverse_path::parse("<" + read->to_string() + ">");
    SP_ASSERT(again ? *again == *read : again.error().code == errc::limit_exceeded);
  }
  if (const auto read = smtp::forward_path::parse(text)) {
    const auto again = smtp::forward_path::parse("<" + read->to_string() + ">");
    SP_ASSERT(again ? *again == *read : again.error().code == errc::limit_exceeded);
  }
}

void check_numbers(std::string_view text) {
  if (const auto ip = ip_address::parse(text)) {
    SP_ASSERT(ip_address::parse(ip->to_string()) == *ip);
    SP_ASSERT(ip->in_network(*ip, ip->is_v4() ? 32 : 128));
  }
  if (const auto status = smtp::enhanced_status::parse(text)) {
    SP_ASSERT(smtp::enhanced_status::parse(status->to_string()) == *status);
  }
}

void run(std::string_view text) {
  check_mailbox(text);
  check_domain(text);
  check_path(text);
  check_path("<" + std::string(text) + ">");
  check_numbers(text);
  (void)smtp::parse_command(text);
  (void)smtp::parse_command("MAIL FROM:<" + std::string(text));
  (void)smtp::parse_command("RCPT TO:<" + std::string(text));
}

}  // namespace
}  // namespace signpost

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  signpost::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
