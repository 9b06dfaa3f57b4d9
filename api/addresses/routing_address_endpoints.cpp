// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Destination addresses of an account and their verification.
#include <fmt/format.h>

#include <array>

#include "api/addresses/address_json.hpp"
#include "api/addresses/address_rules.hpp"
#include "api/addresses/endpoints.hpp"
#include "api/addresses/link.hpp"
#include "api/addresses/mail_allowance.hpp"
#include "api/addresses/verification_mail.hpp"
#include "api/frame/body.hpp"
#include "api/frame/change.hpp"
#include "api/frame/wait_for.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "proto/address/mailbox.hpp"

namespace signpost::api {
namespace {

const logger log_("api.addresses");

constexpr std::size_t email_characters_max = 90;
/// Of one address; for a mailbox see mail_allowance.hpp.
constexpr std::chrono::minutes resend_pause{5};
constexpr std::uint32_t mails_per_day_max = 5;
constexpr std::chrono::hours day{24};
/// How long a request waits until its mail is on the disk.
constexpr seconds mail_wait_max{5};

using model::destination_address;

answer<std::string> email_of(const json& body) {
  SP_TRY(const auto email, text_member(body, "email", email_characters_max));
  if (!email) return refuse(invalid_input("email is required", "/email"));
  const auto parsed = address::mailbox::parse(*email);
  if (!parsed || parsed->host().empty()) {
    return refuse(invalid_input("email is not an e-mail address", "/email"));
  }
  return *email;
}

answer<void> check_address_limit(const rest_call& call, const model::control_reader& now) {
  const auto max = call.world.limits.addresses_per_account_max;
  if (max == 0) return {};
  SP_TRY(const auto some,
         ask(now.addresses(call.account->id, {.page = 1, .per_page = 1}), "address"));
  if (!call.is_over(max, some.total)) return {};
  return refuse(over_limit("destination addresses of the account"));
}

std::string_view reached(mail_bar bar) {
  switch (bar) {
    case mail_bar::account:
      return "this account's daily limit is reached";
    case mail_bar::token:
      return "this token's daily limit is reached";
    case mail_bar::mailbox:
      return "this mailbox's daily limit is reached";
    case mail_bar::domain:
      return "this domain's daily limit is reached";
    default:
      return "this node's daily limit is reached";
  }
}

// Rounded up, for people.
std::string wait_text(std::int64_t wait_s) {
  constexpr std::int64_t minute = 60;
  constexpr std::int64_t hour = 60 * minute;
  if (wait_s < 2 * minute) return fmt::format("{} s", wait_s);
  if (wait_s < 2 * hour) return fmt::format("{} min", (wait_s + minute - 1) / minute);
  return fmt::format("{} h", (wait_s + hour - 1) / hour);
}

std::string text_of(const mail_verdict& verdict) {
  return fmt::format("{}; try again in {}", reached(verdict.bar), wait_text(verdict.wait_s));
}

void count_outcome(const rest_world& world, std::string_view outcome) {
  if (world.metrics != nullptr) world.metrics->api.verification_mails.add(outcome);
}

// Within the change, so that the mails are counted before any goes out.
answer<mail_verdict> counted_mail(const rest_call& call, model::control_transaction& t,
                                  const destination_address& a) {
  const mail_wish wish{.email = a.email,
                       .account = a.account,
                       .token = call.who.is_operator ? "" : std::string_view(call.who.token.id)};
  return ask(count_mail(t, call.world.limits.mails, wish, call.world.time.now()), "count");
}

void note_no_mail(const rest_call& call, const destination_address& a, mail_bar bar) {
  count_outcome(call.world, to_string(bar));
  log_.warning("address.mail_refused", {{"address", a.id},
                                        {"account", a.account},
                                        {"token", call.who.token.id},
                                        {"client", call.who.address},
                                        {"limit", to_string(bar)}});
}

rest_problem problem_of(const mail_verdict& verdict) {
  if (verdict.bar == mail_bar::blocked) return mails_stopped();
  return too_many_mails(text_of(verdict), verdict.wait_s);
}

json message_of(const mail_verdict& verdict) {
  if (verdict.bar == mail_bar::blocked) {
    return {{"code", 9431}, {"message", mails_stopped().message}};
  }
  return {{"code", 9429},
          {"message", fmt::format("No verification mail was sent: {}", text_of(verdict))}};
}

// Waits until the mail is on the disk, but not for long: the user can ask for another one.
result<model::queue_id> send(const rest_world& world, own_mail mail) {
  if (world.node == nullptr) return fail(errc::unavailable, "mail is not available");
  auto queued = wait_for<model::queue_id>(
      [&](auto done) { world.node->send_mail(std::move(mail), std::move(done)); },
      mail_wait_max);
  if (!queued) return fail(errc::unavailable, "the spool is taking too long");
  return std::move(*queued);
}

// With the address, so that what becomes of the mail can be shown there. Only a help: the mail is
// on its way whether or not this succeeds.
void remember_mail(const rest_call& call, const destination_address& a, const model::queue_id& id) {
  const auto done = commit_change<void>(
      call.world, "address", [&](model::control_transaction& t) -> answer<void> {
        SP_TRY(auto now_there, ask(t.address(a.account, a.id), "address"));
        const auto shown = address_json(now_there);
        now_there.verification_mail = id.to_string();
        SP_CHECK(ask(t.put(now_there), "address"));
        t.audit(call.audit("mail", address_resource, a.id, shown,
                           {{"id", a.id}, {"queue_id", now_there.verification_mail}}));
        return {};
      });
  if (done) return;
  log_.warning("address.mail_not_noted", {{"address", a.id}, {"queue_id", id.to_string()}});
}

// After the change: a mail sent twice because a commit failed would be worse than one that has to
// be requested again.
rest_result sent(const rest_call& call, const destination_address& a, const mail_verdict& verdict) {
  rest_result out{.result = address_json(a)};
  if (verdict.bar != mail_bar::none) {
    note_no_mail(call, a, verdict.bar);
    out.messages.push_back(message_of(verdict));
    return out;
  }
  const auto queued = send(call.world, verification_mail(call.world, a));
  count_outcome(call.world, queued ? "sent" : "failed");
  if (queued) remember_mail(call, a, *queued);
  if (!queued) {
    log_.warning("address.mail_failed", {{"address", a.id}, {"error", to_string(queued.error())}});
    out.messages.push_back(
        {{"code", 9503}, {"message", "The verification mail could not be sent; ask for another"}});
  } else if (is_loopback_url(call.world.public_url)) {
    out.messages.push_back(
        {{"code", 9602},
         {"message", fmt::format("The link in the mail begins with {}, which opens on the node's "
                                 "own machine alone; its operator should set api.public_url",
                                 call.world.public_url)}});
  }
  return out;
}

// With what became of the last mail to it, as long as that matters.
json shown(const rest_call& call, const destination_address& a) {
  auto out = address_json(a);
  if (a.verified || call.world.spool == nullptr) return out;
  if (auto mail = verification_mail_json(*call.world.spool, a); !mail.is_null()) {
    out["verification_mail"] = std::move(mail);
  }
  return out;
}

answer<rest_result> list_addresses(rest_call& call) {
  SP_TRY(const auto paging, call.paging());
  SP_TRY(const auto verified, call.flag("verified"));
  SP_TRY(const auto direction, call.direction(model::sort_order::ascending));
  const model::page_query page{
      .page = paging.page, .per_page = paging.per_page, .order = direction};
  SP_TRY(const auto found, ask(call.now->addresses(call.account->id, page, verified), "address"));
  return page_result(paging, found, [&](const destination_address& a) { return shown(call, a); });
}

answer<void> put_address(const rest_call& call, model::control_transaction& t,
                         const destination_address& a) {
  if (const auto put = t.put(a); !put) {
    if (put.error().code == errc::conflict) {
      return refuse(already_exists("destination address " + a.email));
    }
    return refuse(from_error(put.error(), "address"));
  }
  t.audit(call.audit("create", address_resource, a.id, nullptr, address_json(a)));
  return {};
}

// An address whose mails were used up by strangers can still be created; otherwise they could keep
// its owner from ever using it. A limit that the caller has used up is refused.
answer<mail_verdict> put_new(const rest_call& call, model::control_transaction& t,
                             destination_address& a) {
  SP_CHECK(check_address_limit(call, t));
  SP_TRY(const auto verdict, counted_mail(call, t, a));
  if (is_own_share(verdict.bar)) {
    note_no_mail(call, a, verdict.bar);
    return refuse(problem_of(verdict));
  }
  if (verdict.bar == mail_bar::none) {
    a.verification_sent = a.created;
    a.verifications_sent = 1;
  }
  SP_CHECK(put_address(call, t, a));
  return verdict;
}

// What the body says of the verification: true for `verified`, which an administrator alone may
// say. Everyone else has to show, by the link, that mail to the address is read.
answer<std::optional<bool>> status_of(const rest_call& call, const json& body) {
  SP_TRY(const auto status, text_member(body, "status", email_characters_max));
  if (!status) return std::nullopt;
  if (*status != "verified" && *status != "unverified") {
    return refuse(invalid_input("status must be verified or unverified", "/status"));
  }
  const bool verified = *status == "verified";
  if (verified && !may(call.who.token, permission::administer, {})) {
    return refuse(lacks_permission(to_string(permission::administer)));
  }
  return verified;
}

rule_audit rule_audit_of(const rest_call& call) {
  return [&call](std::string_view action, const model::rule_object& rule, const json& before,
                 const json& after) {
    return call.audit(action, "email_routing_rule", rule.id, before, after);
  };
}

// An address whose owner the administrator knows: no mail, and what waited for it goes on.
answer<rest_result> create_verified(const rest_call& call, destination_address a) {
  a.verified = a.created;
  return commit_change<rest_result>(
      call.world, "address", [&](model::control_transaction& t) -> answer<rest_result> {
        SP_CHECK(check_address_limit(call, t));
        SP_CHECK(put_address(call, t, a));
        SP_CHECK(restore_rules(t, a, a.created, rule_audit_of(call)));
        return rest_result{.result = address_json(a)};
      });
}

answer<rest_result> create_address(rest_call& call) {
  SP_TRY(const auto body, object_of(call.body));
  SP_TRY(auto email, email_of(body));
  SP_TRY(const auto verified, status_of(call, body));
  destination_address a{.id = new_object_id(call.world.random),
                        .account = call.account->id,
                        .email = std::move(email),
                        .verified = {},
                        .created = call.world.time.now(),
                        .modified = call.world.time.now(),
                        .verification_sent = {},
                        .verifications_sent = 0};
  if (verified.value_or(false)) return create_verified(call, std::move(a));
  SP_TRY(const auto verdict,
         commit_change<mail_verdict>(call.world, "address", [&](model::control_transaction& t) {
           return put_new(call, t, a);
         }));
  return sent(call, a, verdict);
}

answer<destination_address> named_address(const rest_call& call, const model::control_reader& now) {
  return ask(now.address(call.account->id, call.variable("destination_address_identifier")),
             "address");
}

answer<rest_result> get_address(rest_call& call) {
  SP_TRY(const auto a, named_address(call, *call.now));
  return rest_result{.result = shown(call, a)};
}

answer<rest_result> edit_address(rest_call& call) {
  SP_TRY(const auto body, object_of(call.body));
  SP_TRY(const auto verified, status_of(call, body));
  SP_TRY(const auto email, text_member(body, "email", email_characters_max));
  return commit_change<rest_result>(
      call.world, "address", [&](model::control_transaction& t) -> answer<rest_result> {
        SP_TRY(const auto before, named_address(call, t));
        if (email && !equals_ignoring_case(*email, before.email)) {
          return refuse(invalid_input("the email of an address cannot be changed", "/email"));
        }
        if (!verified || before.verified.has_value() == *verified) {
          return rest_result{.result = address_json(before)};
        }
        auto after = before;
        after.modified = call.world.time.now();
        after.verified = *verified ? std::optional(after.modified) : std::nullopt;
        SP_CHECK(ask(t.put(after), "address"));
        if (after.verified) {
          SP_CHECK(restore_rules(t, after, after.modified, rule_audit_of(call)));
        }
        auto shown = address_json(after);
        t.audit(call.audit("update", address_resource, after.id, address_json(before), shown));
        return rest_result{.result = std::move(shown)};
      });
}

answer<rest_result> delete_address(rest_call& call) {
  return commit_change<rest_result>(
      call.world, "address", [&](model::control_transaction& t) -> answer<rest_result> {
        SP_TRY(const auto a, named_address(call, t));
        SP_CHECK(disable_rules(t, a, call.world.time.now(), rule_audit_of(call)));
        SP_CHECK(ask(t.remove_address(a.account, a.id), "address"));
        auto shown = address_json(a);
        t.audit(call.audit("delete", address_resource, a.id, shown, nullptr));
        return rest_result{.result = std::move(shown)};
      });
}

// Five mails, then a day without; never two within five minutes.
answer<void> count_mail_of(destination_address& a, wall_time now) {
  if (a.verification_sent) {
    const auto since = now - *a.verification_sent;
    const bool many = a.verifications_sent >= mails_per_day_max;
    const auto pause = many ? std::chrono::duration_cast<milliseconds>(day)
                            : std::chrono::duration_cast<milliseconds>(resend_pause);
    if (since < pause) {
      const auto wait = std::chrono::ceil<seconds>(pause - since).count();
      return refuse(rate_limited(static_cast<int>(wait)));
    }
    if (since >= day) a.verifications_sent = 0;
  }
  a.verification_sent = now;
  ++a.verifications_sent;
  return {};
}

answer<rest_result> resend(rest_call& call) {
  SP_TRY(const auto counted,
         commit_change<destination_address>(
             call.world, "address",
             [&](model::control_transaction& t) -> answer<destination_address> {
               SP_TRY(auto found, named_address(call, t));
               if (found.verified) return refuse(invalid_input("the address is already verified"));
               SP_CHECK(count_mail_of(found, call.world.time.now()));
               SP_TRY(const auto verdict, counted_mail(call, t, found));
               if (verdict.bar != mail_bar::none) {
                 note_no_mail(call, found, verdict.bar);
                 return refuse(problem_of(verdict));
               }
               SP_CHECK(ask(t.put(found), "address"));
               const auto shown = address_json(found);
               t.audit(call.audit("resend", address_resource, found.id, shown, shown));
               return found;
             }));
  return sent(call, counted, {});
}

using enum permission;

constexpr std::string_view list_path = "/accounts/{account_id}/email/routing/addresses";
constexpr std::string_view one_path =
    "/accounts/{account_id}/email/routing/addresses/{destination_address_identifier}";

constexpr std::array<endpoint, 6> address_rows{{
    {"GET", list_path, addresses_read, list_addresses, "Destination addresses", "",
     "DestinationAddress[]"},
    {"POST", list_path, addresses_write, create_address,
     "Create a destination address and send a verification mail", "DestinationAddressInput",
     "DestinationAddress"},
    {"GET", one_path, addresses_read, get_address, "A destination address", "",
     "DestinationAddress"},
    {"PATCH", one_path, addresses_write, edit_address, "Set whether an address is verified",
     "DestinationAddressEdit", "DestinationAddress"},
    {"DELETE", one_path, addresses_write, delete_address,
     "Delete an address; rules that forward only to it are disabled", "", "DestinationAddress"},
    {"POST",
     "/accounts/{account_id}/email/routing/addresses/{destination_address_identifier}/resend",
     addresses_write, resend, "Send the verification mail again", "", "DestinationAddress"},
}};

}  // namespace

std::span<const endpoint> routing_address_endpoints() {
  return address_rows;
}

}  // namespace signpost::api
