// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dsn/delivery_status.hpp"

#include "base/text.hpp"
#include "proto/dsn/utf8_address.hpp"
#include "proto/imf/fields.hpp"

namespace signpost::dsn {

namespace {

/// `text` with every `hidden` (in any case) replaced.
std::string replaced(std::string_view text, std::string_view hidden, std::string_view with) {
  if (hidden.empty()) return std::string(text);
  const auto lower = to_lower(text);
  const auto wanted = to_lower(hidden);
  std::string out;
  std::size_t from = 0;
  for (auto at = lower.find(wanted); at != std::string::npos; at = lower.find(wanted, from)) {
    out.append(text.substr(from, at - from)).append(with);
    from = at + wanted.size();
  }
  return out.append(text.substr(from));
}

void add(std::string& out, std::string_view name, std::string_view value) {
  if (!value.empty()) out += imf::folded_field(name, value);
}

void add_date(std::string& out, std::string_view name, const std::optional<wall_time>& date) {
  if (date) add(out, name, to_rfc5322_date(*date));
}

void add_recipient(std::string& out, const report& r, const recipient_status& one, bool utf8) {
  const auto& shown = one.final_recipient.empty() ? one.original : one.final_recipient;
  // RFC 3464 §2.3: a blank line before each group of per-recipient fields.
  out += "\r\n";
  if (shown != one.original) add(out, "Original-Recipient", typed_address(one.original, utf8));
  add(out, "Final-Recipient", typed_address(shown, utf8));
  add(out, "Action", r.kind == report_kind::failed ? "failed" : "delayed");
  add(out, "Status", fitting_status(one.status, r.kind));
  if (!one.remote_host.empty()) add(out, "Remote-MTA", "dns; " + one.remote_host);
  if (!one.diagnostic.empty()) {
    add(out, "Diagnostic-Code", "smtp; " + safe_diagnostic(one, utf8));
  } else if (!one.reason.empty()) {
    // RFC 3464 §2.3.6: text that does not come from an SMTP server must not have the type smtp.
    add(out, "Diagnostic-Code", "X-Signpost; " + imf::one_line(one.reason, utf8));
  }
  add_date(out, "Last-Attempt-Date", one.last_attempt);
  // RFC 3464 §2.3.9: Will-Retry-Until only for delayed recipients.
  if (r.kind == report_kind::delayed) add_date(out, "Will-Retry-Until", one.will_retry_until);
}

}  // namespace

std::string typed_address(std::string_view address, bool utf8) {
  if (is_ascii(address)) return "rfc822; " + std::string(address);
  return "utf-8; " + (utf8 ? to_unitext(address) : to_xtext(address));
}

std::string fitting_status(std::string_view status, report_kind kind) {
  const char wanted = kind == report_kind::failed ? '5' : '4';
  const auto parts = split(status, '.');
  bool fine = parts.size() == 3 && parts[0].size() == 1;
  for (const auto part : parts) fine = fine && part.size() <= 3 && parse_uint(part).has_value();
  // A message that expired in the queue has failed permanently, but its cause keeps its 4.x.x
  // status.
  const bool fits = fine && (status[0] == wanted || (wanted == '5' && status[0] == '4'));
  return fits ? std::string(status) : std::string{wanted} + ".0.0";
}

std::string safe_diagnostic(const recipient_status& recipient, bool utf8) {
  // Bounded before it is searched; the hidden address is removed before the text is cut to size, or
  // half of it could stay.
  const auto said = std::string_view(recipient.diagnostic).substr(0, 4 * diagnostic_octets_max);
  auto text = imf::one_line(replaced(said, recipient.hidden, recipient.original), utf8);
  if (text.size() <= diagnostic_octets_max) return text;
  auto size = diagnostic_octets_max;
  while ((static_cast<unsigned char>(text[size]) & 0xc0U) == 0x80U) --size;  // whole UTF-8 only
  return text.substr(0, size);
}

std::string delivery_status_fields(const report& r, bool utf8) {
  std::string out;
  add(out, "Original-Envelope-Id", imf::one_line(r.envelope_id));
  add(out, "Reporting-MTA", "dns; " + r.reporting_mta);
  add_date(out, "Arrival-Date", r.arrival_date);
  add(out, "X-Signpost-Queue-Id", imf::one_line(r.queue_id));
  for (const auto& one : r.recipients) add_recipient(out, r, one, utf8);
  return out;
}

}  // namespace signpost::dsn
