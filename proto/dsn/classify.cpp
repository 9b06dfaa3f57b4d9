// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "proto/dsn/classify.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "proto/dsn/parse.hpp"
#include "proto/imf/fields.hpp"
#include "proto/imf/mime_walk.hpp"
#include "proto/imf/traits.hpp"

namespace signpost::dsn {

namespace {

/// Subjects of bounces from mail systems, in lower case.
constexpr std::string_view bounce_subjects[] = {
    "undeliver",           "undelivered",        "delivery status",     "delivery fail",
    "delivery has failed", "failure notice",     "failure delivery",    "failed delivery",
    "returned mail",       "returned to sender", "returning to sender", "returning message",
    "mail failed",         "delayed mail",       "could not send",      "delivery notification",
    "non-delivery",        "nondelivery",        "delivery problem",    "error sending your mail",
    "bounce notification"};

/// How they explain the failure.
constexpr std::string_view bounce_words[] = {
    "could not be delivered", "cannot be delivered", "can not be delivered", "was not delivered",
    "unable to deliver",      "undeliverable",       "delivery failed",      "user unknown",
    "no such user",           "invalid user",        "mailbox full",         "mailbox unavailable",
    "does not exist",         "was rejected",        "permanent error",      "returned to you",
    "have been returned",     "could not deliver"};

bool has_any(std::string_view text, std::span<const std::string_view> phrases) {
  return std::ranges::any_of(
      phrases, [&](auto phrase) { return text.find(phrase) != std::string_view::npos; });
}

/// Letters and digits of `text` in lower case: `Post_Master` and `post-master` are `postmaster`.
std::string letters(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_alnum(c)) out.push_back(ascii_lower(c));
  }
  return out;
}

/// Names in a From field.
struct sender_signs {
  bool daemon = false;      ///< never a person's name
  bool postmaster = false;  ///< may be a person's name
};

sender_signs look_at_sender(const imf::message_view& message) {
  const auto from = message.text("From");
  const auto name = letters(from);
  sender_signs out;
  out.daemon = name.find("mailerdaemon") != std::string::npos
               || name.find("maildeliversystem") != std::string::npos
               || name.find("maildeliverysystem") != std::string::npos
               || name.find("maildeliverysubsystem") != std::string::npos;
  out.postmaster = name.find("postmaster") != std::string::npos;
  return out;
}

/// RFC 5321 §4.5.5: notifications have the null reverse-path; it is in Return-Path after delivery.
bool has_null_return_path(const imf::message_view& message) {
  const auto* field = message.find("Return-Path");
  if (field == nullptr) return false;
  const auto path = to_lower(imf::without_comments(field->value));
  return path == "<>" || path.starts_with("<mailer-daemon");
}

struct structure_signs {
  bool report = false;
  bool abuse_report = false;
  bool other_report = false;  ///< of reading (RFC 8098), or of an unknown type
};

structure_signs look_at_structure(const imf::message_view& message) {
  structure_signs out;
  static_cast<void>(imf::walk_parts(message, [&](const imf::mime_part& part) {
    const auto report_type = to_lower(part.type.parameter("report-type").value_or(""));
    const bool multipart = part.type.is("multipart", "report");
    out.abuse_report |= part.type.is("message", "feedback-report")
                        || (multipart && report_type == "feedback-report");
    out.report |= part.type.is("message", "delivery-status")
                  || part.type.is("message", "global-delivery-status")
                  || (multipart && report_type == "delivery-status");
    out.other_report |= multipart || part.type.is("message", "disposition-notification")
                        || part.type.is("message", "global-disposition-notification");
    return part.type.is("message", "*") ? imf::walk_step::over : imf::walk_step::into;
  }));
  return out;
}

bool is_probable(const imf::message_view& message, bool null_path) {
  const auto sender = look_at_sender(message);
  if (sender.daemon || message.find("X-Failed-Recipients") != nullptr) return true;
  const bool subject = has_any(to_lower(message.text("Subject")), bounce_subjects);
  const bool words =
      has_any(to_lower(message.body().substr(0, bounce_text_octets_max)), bounce_words);
  if (sender.postmaster) return subject || words;
  return null_path && subject;
}

// qmail's bounces (QSBMF) have no fields for it: they are recognized by their first words.
bool begins_like_qmail(const imf::message_view& message) {
  const auto begin = to_lower(message.body().substr(0, bounce_text_octets_max));
  return begin.find("hi. this is the ") != std::string::npos;
}

}  // namespace

bounce_kind classify_bounce(const imf::message_view& message) {
  const auto structure = look_at_structure(message);
  if (structure.abuse_report) return bounce_kind::none;
  if (structure.report) {
    return parse_report(message) ? bounce_kind::standard : bounce_kind::probable;
  }
  return is_probable(message, has_null_return_path(message)) ? bounce_kind::probable
                                                             : bounce_kind::none;
}

notification_kind classify_notification(const imf::message_view& message) {
  const auto structure = look_at_structure(message);
  if (structure.report || structure.abuse_report || structure.other_report) {
    return notification_kind::report;
  }
  if (is_probable(message, true) || begins_like_qmail(message)) return notification_kind::bounce;
  return imf::is_auto_submitted(message) ? notification_kind::automatic : notification_kind::none;
}

}  // namespace signpost::dsn
