// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "proto/dsn/delivery_status.hpp"
#include "proto/dsn/explain.hpp"
#include "proto/dsn/report.hpp"
#include "proto/dsn/returned_message.hpp"
#include "proto/imf/fields.hpp"
#include "proto/imf/message_view.hpp"
#include "proto/imf/mime.hpp"

namespace signpost::dsn {

namespace {

constexpr std::size_t name_octets_max = 512;

/// True if `text` can be written unchanged in a header field or a delivery-status field.
bool is_safe(std::string_view text) {
  return text.size() <= name_octets_max && is_utf8(text) && std::ranges::none_of(text, [](char c) {
           return (static_cast<unsigned char>(c) < ' ') || c == 0x7f;
         });
}

bool is_safe_name(std::string_view text) {
  return is_safe(text) && is_ascii(text) && text.find(' ') == std::string_view::npos;
}

bool is_safe(const recipient_status& one) {
  return !one.original.empty() && is_safe(one.original) && is_safe(one.final_recipient)
         && is_safe_name(one.remote_host) && is_safe_name(one.remote_address);
}

result<void> check(const report& r) {
  // RFC 5321 §4.5.5: notifications are never sent to the null reverse-path.
  if (r.to.empty()) return fail(errc::denied, "no report to the null reverse-path");
  if (r.recipients.empty()) return fail(errc::malformed, "report without recipients");
  if (!is_safe(r.to)) return fail(errc::malformed, "report: address of the sender");
  if (!is_safe_name(r.reporting_mta) || !is_safe_name(r.from_domain)
      || !is_safe_name(r.message_id)) {
    return fail(errc::malformed, "report: host name, domain or message id");
  }
  const auto bad =
      std::ranges::find_if_not(r.recipients, [](const auto& one) { return is_safe(one); });
  if (bad != r.recipients.end()) return fail(errc::malformed, "report: recipient");
  return {};
}

struct body_part {
  std::string type;
  std::string description;
  std::string encoding;
  std::string octets;
};

std::string bit_encoding(std::string_view octets) {
  return is_ascii(octets) ? "7bit" : "8bit";
}

body_part people_part(const report& r, const returned_message& returned, bool utf8) {
  auto text = text_for_people(r, returned.whole, utf8);
  const auto* type = is_ascii(text) ? "text/plain; charset=us-ascii" : "text/plain; charset=utf-8";
  auto encoding = bit_encoding(text);
  return {type, "Notification", std::move(encoding), std::move(text)};
}

body_part status_part(const report& r, bool utf8) {
  auto fields = delivery_status_fields(r, utf8);
  auto encoding = bit_encoding(fields);
  // RFC 6533 §4: with UTF-8 in it, it is message/global-delivery-status.
  const auto* type =
      is_ascii(fields) ? "message/delivery-status" : "message/global-delivery-status";
  return {type, "Delivery report", std::move(encoding), std::move(fields)};
}

/// A boundary that occurs in none of the parts (RFC 2046 §5.1.1: 1 to 70 characters).
std::string free_boundary(std::string_view seed, const std::vector<body_part>& parts) {
  std::string base = "=_sp_";
  std::ranges::copy_if(seed.substr(0, 40), std::back_inserter(base), is_alnum);
  const auto occurs = [&](const std::string& boundary) {
    return std::ranges::any_of(
        parts, [&](const body_part& p) { return p.octets.find(boundary) != std::string::npos; });
  };
  auto boundary = base;
  for (std::size_t n = 0; occurs(boundary); ++n) boundary = base + "_" + std::to_string(n);
  return boundary;
}

/// The Message-ID of the original, if it can be repeated; empty otherwise.
std::string original_message_id(const report& r, bool utf8) {
  const auto id = r.original.empty() ? r.original_message_id
                                     : imf::message_view(r.original).text("Message-ID");
  const bool shaped = id.starts_with('<') && id.ends_with('>') && id.size() > 2
                      && id.find_first_of(" \t<>", 1) == id.size() - 1;
  return shaped && is_safe(id) && (utf8 || is_ascii(id)) ? id : std::string();
}

std::string header_of(const report& r, std::string_view boundary, bool utf8) {
  const bool failed = r.kind == report_kind::failed;
  std::string out;
  const auto add = [&](std::string_view name, std::string_view value) {
    out += imf::folded_field(name, value);
  };
  add("From", "Mail Delivery System <mailer-daemon@" + r.from_domain + ">");
  // A quoted local part may contain spaces: the address is one word and is never folded.
  const std::string to[] = {"<" + r.to + ">"};
  out += imf::folded_field("To", to);
  add("Subject",
      failed ? "Your message could not be delivered" : "Your message is delayed (we keep trying)");
  add("Date", to_rfc5322_date(r.date));
  add("Message-ID", "<" + r.message_id + ">");
  if (const auto id = original_message_id(r, utf8); !id.empty()) {
    add("In-Reply-To", id);
    add("References", id);
  }
  // RFC 3834 §5, RFC 3464 §2: an automatic answer to a message.
  add("Auto-Submitted", "auto-replied");
  add("MIME-Version", "1.0");
  add("Content-Type",
      "multipart/report; report-type=delivery-status; boundary=\"" + std::string(boundary) + "\"");
  return out;
}

std::string joined(const std::vector<body_part>& parts, std::string_view boundary) {
  std::string out = "\r\nThis is a delivery report in MIME format.\r\n";
  for (const auto& part : parts) {
    out.append("\r\n--").append(boundary).append("\r\n");
    out += imf::folded_field("Content-Type", part.type);
    out += imf::folded_field("Content-Description", part.description);
    out += imf::folded_field("Content-Transfer-Encoding", part.encoding);
    out.append("\r\n").append(part.octets);
  }
  return out.append("\r\n--").append(boundary).append("--\r\n");
}

}  // namespace

result<composed_report> compose(const report& r) {
  SP_CHECK(check(r));
  // A sender whose address is not ASCII, or who used SMTPUTF8, can read RFC 6533; nobody else may
  // get such a report.
  const bool utf8 = (r.smtputf8 && r.allow_eight_bit) || !is_ascii(r.to);
  const auto returned = returned_part(r, utf8);
  std::vector<body_part> parts;
  parts.push_back(people_part(r, returned, utf8));
  parts.push_back(status_part(r, utf8));
  // RFC 6522 §3: the third part is optional. (An original may be empty and yet be all there is.)
  if (!r.original.empty() || !r.unreadable) {
    parts.push_back({returned.type, returned.whole ? "Undelivered message" : "Message header",
                     returned.encoding, returned.octets});
  }
  const auto boundary = free_boundary(r.boundary_seed, parts);
  composed_report out{.octets = header_of(r, boundary, utf8) + joined(parts, boundary)};
  out.eight_bit = !is_ascii(out.octets);
  // RFC 6531 §3.6: SMTPUTF8 only where an address or a header field (of parts, too) needs it.
  const bool header_needs_it =
      returned.type.starts_with("message/global") && returned.encoding == "8bit";
  out.smtputf8 = !is_ascii(r.to) || !is_ascii(parts[1].octets) || header_needs_it
                 || !is_ascii(header_of(r, boundary, utf8));
  return out;
}

}  // namespace signpost::dsn
