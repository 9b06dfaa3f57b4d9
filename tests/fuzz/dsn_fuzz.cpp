// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Reports of others, and ours: what a server or a sender said cannot break the report that we write
// about it. The input is: choices, what the server said in one line, the message.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "base/text.hpp"
#include "proto/dsn/classify.hpp"
#include "proto/dsn/parse.hpp"
#include "proto/dsn/report.hpp"
#include "proto/dsn/utf8_address.hpp"
#include "proto/imf/traits.hpp"
#include "tests/fuzz/input.hpp"

namespace signpost {
namespace {

void check_parsed(const imf::message_view& message) {
  (void)dsn::classify_bounce(message);
  const auto read = dsn::parse_report(message);
  if (!read) return;
  SP_ASSERT(read->recipients.size() <= dsn::report_recipients_max);
  for (const auto& r : read->recipients) {
    SP_ASSERT(to_lower(r.final_recipient.type) == r.final_recipient.type);
    SP_ASSERT(r.status.find_first_not_of("0123456789.") == std::string::npos);
  }
}

void check_composed(std::uint8_t choice, std::string_view said, std::string_view original) {
  dsn::report r{.kind = (choice & 1U) != 0 ? dsn::report_kind::delayed : dsn::report_kind::failed,
                .reporting_mta = "mx.example",
                .from_domain = "mx.example",
                .to = "ann@shop.example",
                .message_id = "1@mx.example",
                .recipients = {{.original = "bob@b.example",
                                .hidden = "secret-box@c.example",
                                .status = std::string(said.substr(0, 7)),
                                .diagnostic = std::string(said)}},
                .original = original,
                .smtputf8 = (choice & 2U) != 0,
                .headers_only = (choice & 4U) != 0,
                .allow_eight_bit = (choice & 8U) != 0,
                .boundary_seed = "seed"};
  const auto composed = dsn::compose(r);
  SP_ASSERT(composed.has_value());
  SP_ASSERT(imf::max_line_octets(composed->octets) <= 998);
  SP_ASSERT(!imf::has_bare_line_ends(composed->octets));
  SP_ASSERT(composed->eight_bit || is_ascii(composed->octets));
  const imf::message_view view(composed->octets);
  SP_ASSERT(dsn::classify_bounce(view) == dsn::bounce_kind::standard);
  const auto read = dsn::parse_report(view);
  SP_ASSERT(read && read->recipients.size() == 1);
  SP_ASSERT(read->recipients[0].final_recipient.text == "bob@b.example");
  // What failed for good may have failed for a passing reason.
  const auto& status = read->recipients[0].status;
  SP_ASSERT(status.starts_with('4') || ((choice & 1U) == 0 && status.starts_with('5')));
}

void run(std::string_view text) {
  fuzz::input in(text);
  const auto choice = in.octet();
  const auto said = in.line();
  check_parsed(imf::message_view(in.rest()));
  check_composed(choice, said, in.rest());
  if (is_utf8(said)) {
    SP_ASSERT(dsn::from_xtext(dsn::to_xtext(said)) == said && is_ascii(dsn::to_xtext(said)));
    SP_ASSERT(dsn::from_xtext(dsn::to_unitext(said)) == said);
  }
  (void)dsn::from_xtext(said);
}

}  // namespace
}  // namespace signpost

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  signpost::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
