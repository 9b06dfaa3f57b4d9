// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// How many verification mails are sent in a day: to one mailbox, no matter who asks and how it is
// spelled (proto/address/limit_key.hpp); to one domain, with ten times as many to all names below
// one; for one account; for one token; from the node. The counts are in the control store, written
// with the change that a mail belongs to, so that no restart or deletion resets them. Of the mails
// to one mailbox or domain an account gets half of what the others leave, so that none can use up
// the others' mails.
//
//     SP_TRY(const auto verdict, ask(count_mail(t, limits, wish, now), "count"));  // in a change
//     if (verdict.bar == mail_bar::none) …                                         // after it
//
// A day begins with its first mail. The reader of a mailbox may stop the mails to it for a year;
// the link contains `mailbox_mark`.
//
// Threads: any. Limits: rows in the store: ten for each of `node_max` mails per day.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/frame/mail_limits.hpp"
#include "base/clock.hpp"
#include "model/control/control_fwd.hpp"
#include "model/control/control_objects.hpp"

namespace signpost::api {

/// A requested mail.
struct mail_wish {
  std::string_view email;
  std::string_view account;
  std::string_view token;  ///< empty: the operator, who has no share
};

/// The limit that refuses a mail.
enum class mail_bar : std::uint8_t { none, blocked, account, token, mailbox, domain, node };
[[nodiscard]] std::string_view to_string(mail_bar b);
/// True for limits that the caller has used up; strangers may have used up the others.
[[nodiscard]] constexpr bool is_own_share(mail_bar b) {
  return b == mail_bar::account || b == mail_bar::token;
}

struct mail_verdict {
  mail_bar bar = mail_bar::none;
  int wait_s = 0;
};

/// Counts the mail in all counts, or in none if one of them is full.
[[nodiscard]] result<mail_verdict> count_mail(model::control_transaction& t,
                                              const mail_limits& limits, const mail_wish& wish,
                                              wall_time now);

/// 32 hexadecimal digits that represent the mailbox in links and in the store.
[[nodiscard]] std::string mailbox_mark(std::string_view email, const mail_limits& limits);
/// Whether its reader has stopped the mails.
[[nodiscard]] result<bool> is_stopped(const model::control_reader& now_there,
                                      std::string_view mark, wall_time now);
/// Stops them, or allows them again; false if nothing changed. errc::limit_exceeded: too often.
[[nodiscard]] result<bool> set_stopped(model::control_transaction& t, std::string_view mark,
                                       bool stopped, wall_time now);

}  // namespace signpost::api
