// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dsn/parse.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "proto/dsn/utf8_address.hpp"
#include "proto/imf/fields.hpp"
#include "proto/imf/mime_walk.hpp"

namespace signpost::dsn {

namespace {

using field_group = std::vector<report_field>;

bool is_status_type(const imf::content_type& type) {
  return type.is("message", "delivery-status") || type.is("message", "global-delivery-status");
}

bool is_returned_type(const imf::content_type& type) {
  return type.is("message", "rfc822") || type.is("message", "global")
         || type.is("text", "rfc822-headers") || type.is("message", "global-headers");
}

bool has_field(const field_group& group, std::string_view name) {
  return std::ranges::any_of(
      group, [&](const report_field& f) { return equals_ignoring_case(f.name, name); });
}

/// True if `name` occurs once per recipient and is already in the group: the blank line before the
/// next recipient was forgotten.
bool begins_next_recipient(const field_group& group, std::string_view name) {
  const bool names_one = equals_ignoring_case(name, "Final-Recipient")
                         || equals_ignoring_case(name, "Original-Recipient");
  return names_one && has_field(group, name);
}

/// RFC 3464 §2.1: groups of header fields with blank lines between them. A stray line that is not a
/// field is skipped: the fields after it still belong to the group.
std::vector<field_group> field_groups(std::string_view text) {
  const auto ends = imf::detect_line_ends(text);
  std::vector<field_group> groups(1);
  while (!text.empty() && groups.size() <= report_recipients_max + 1) {
    const imf::message_view block(text, ends);
    for (const auto& field : block.fields()) {
      if (begins_next_recipient(groups.back(), field.name)) groups.emplace_back();
      groups.back().push_back({std::string(field.name), imf::unfold(field.value)});
    }
    if (block.has_separator()) {
      if (!groups.back().empty()) groups.emplace_back();
      text.remove_prefix(block.body_offset());
    } else {
      const auto stray = imf::first_line(block.body(), ends);
      text.remove_prefix(block.body_offset() + stray.whole.size());
    }
  }
  if (groups.back().empty()) groups.pop_back();
  return groups;
}

typed_text typed(std::string_view value) {
  const auto semicolon = value.find(';');
  if (semicolon == std::string_view::npos) return {{}, std::string(trim(value))};
  return {to_lower(imf::without_comments(value.substr(0, semicolon))),
          std::string(trim(value.substr(semicolon + 1)))};
}

/// RFC 3464 §2.3.1, §2.3.2; RFC 6533 §3.
typed_text typed_mailbox(std::string_view value) {
  auto out = typed(value);
  std::string_view text = out.text;
  if (text.starts_with('<') && text.ends_with('>')) text = text.substr(1, text.size() - 2);
  out.text = out.type == "utf-8" ? from_xtext(text) : std::string(text);
  return out;
}

std::optional<report_action> as_action(std::string_view value) {
  static constexpr std::array<std::pair<std::string_view, report_action>, 5> words = {{
      {"failed", report_action::failed},
      {"delayed", report_action::delayed},
      {"delivered", report_action::delivered},
      {"relayed", report_action::relayed},
      {"expanded", report_action::expanded},
  }};
  const auto text = imf::without_comments(value);
  const auto word = std::string_view(text).substr(0, text.find_first_of(" \t;"));
  for (const auto& [name, meaning] : words) {
    if (equals_ignoring_case(word, name)) return meaning;
  }
  return std::nullopt;
}

/// RFC 3464 §2.3.4: status-code = DIGIT "." 1*3DIGIT "." 1*3DIGIT; a comment may follow.
std::string as_status(std::string_view value) {
  const auto text = imf::without_comments(value);
  const auto code = std::string_view(text).substr(0, text.find_first_of(" \t;"));
  const auto parts = split(code, '.');
  const bool fine = parts.size() == 3 && parts[0].size() == 1
                    && std::ranges::all_of(
                        parts, [](auto p) { return p.size() <= 3 && parse_uint(p).has_value(); });
  return fine ? std::string(code) : std::string();
}

/// Some systems write a single group with everything in it: a group counts as a recipient's if it
/// names a recipient or an outcome.
bool is_about_recipient(const field_group& group) {
  static constexpr std::array<std::string_view, 4> telling = {
      "Final-Recipient", "Original-Recipient", "Action", "Status"};
  return std::ranges::any_of(telling, [&](auto name) { return has_field(group, name); });
}

recipient_report as_recipient(field_group group) {
  recipient_report out;
  const auto value = [&](std::string_view name) { return field_value(group, name); };
  out.original_recipient = typed_mailbox(value("Original-Recipient"));
  out.final_recipient = typed_mailbox(value("Final-Recipient"));
  out.action = as_action(value("Action"));
  out.status = as_status(value("Status"));
  out.remote_mta = typed(value("Remote-MTA"));
  out.diagnostic_code = typed(value("Diagnostic-Code"));
  out.last_attempt_date = value("Last-Attempt-Date");
  out.will_retry_until = value("Will-Retry-Until");
  out.fields = std::move(group);
  return out;
}

void take_group(delivery_report& out, field_group group) {
  const bool recipient = is_about_recipient(group);
  // RFC 3464 §2.2: per-message fields come first, except from systems that put everything into one
  // group.
  if (!recipient || out.fields.empty()) {
    out.fields.insert(out.fields.end(), group.begin(), group.end());
  }
  if (recipient && out.recipients.size() < report_recipients_max) {
    out.recipients.push_back(as_recipient(std::move(group)));
  }
}

delivery_report as_report(std::string_view status_text) {
  delivery_report out;
  for (auto& group : field_groups(status_text)) take_group(out, std::move(group));
  out.reporting_mta = typed(field_value(out.fields, "Reporting-MTA"));
  out.arrival_date = field_value(out.fields, "Arrival-Date");
  out.original_envelope_id = field_value(out.fields, "Original-Envelope-Id");
  return out;
}

}  // namespace

std::string_view field_value(const std::vector<report_field>& fields, std::string_view name) {
  const auto at = std::ranges::find_if(
      fields, [&](const report_field& f) { return equals_ignoring_case(f.name, name); });
  return at == fields.end() ? std::string_view() : std::string_view(at->value);
}

result<delivery_report> parse_report(const imf::message_view& message) {
  std::optional<delivery_report> found;
  const auto visit = [&](const imf::mime_part& part) {
    if (is_status_type(part.type) && !found) {
      found = as_report(std::string_view(part.content()).substr(0, status_octets_max));
    } else if (is_returned_type(part.type) && found && found->original_message_id.empty()) {
      const auto returned = part.content();
      found->original_message_id = imf::message_view(returned).text("Message-ID");
    }
    return is_returned_type(part.type) ? imf::walk_step::over : imf::walk_step::into;
  };
  // Too many parts are not a reason to ignore the first ones.
  static_cast<void>(imf::walk_parts(message, visit));
  if (!found) return fail(errc::not_found, "no delivery-status part");
  if (found->recipients.empty() && found->fields.empty()) {
    return fail(errc::malformed, "delivery-status part without fields");
  }
  return std::move(*found);
}

}  // namespace signpost::dsn
