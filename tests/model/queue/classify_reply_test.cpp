// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "model/queue/classify_reply.hpp"

#include <gtest/gtest.h>

namespace signpost::model {
namespace {

enum class then { nothing, next_host, resend };

struct reply_case {
  std::string name;
  std::string command;
  std::uint16_t code;
  std::string status;  // of the reply; empty = none
  reply_context context;
  disposition what;
  reply_scope scope;
  then next;
  std::string dsn_status;
  std::string reason;
};

smtp::reply reply(std::uint16_t code, const std::string& status) {
  smtp::reply r{.code = code, .status = {}, .lines = {"text"}};
  if (!status.empty()) r.status = smtp::enhanced_status::parse(status).value();
  return r;
}

void expect(const classification& c, const reply_case& want) {
  EXPECT_EQ(to_string(c.what), to_string(want.what));
  EXPECT_EQ(to_string(c.scope), to_string(want.scope));
  EXPECT_EQ(c.next_host, want.next == then::next_host);
  EXPECT_EQ(c.resend_now, want.next == then::resend);
  EXPECT_EQ(c.status.to_string(), want.dsn_status);
  EXPECT_EQ(c.reason, want.reason);
}

constexpr auto delivered = disposition::delivered;
constexpr auto retry = disposition::retry;
constexpr auto bounce = disposition::bounce;
constexpr auto recipient = reply_scope::recipient;
constexpr auto message = reply_scope::message;
constexpr auto host = reply_scope::host;
constexpr reply_context fresh{};
constexpr reply_context secure{.tls = true};
constexpr reply_context after_others{.others_accepted = true};
constexpr reply_context used{.transactions_before = 3};

class Answers : public testing::TestWithParam<reply_case> {};

TEST_P(Answers, MeanThis) {
  const auto& c = GetParam();
  smtp::recipient_result result;
  result.reply = reply(c.code, c.status);
  result.command = c.command == "uncertain" ? "session" : c.command;
  result.uncertain = c.command == "uncertain";
  expect(classify_reply(result, c.context), c);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Answers,
    testing::Values(reply_case{"Taken", ".", 250, "2.6.0", fresh, delivered, recipient,
                               then::nothing, "2.6.0", "delivered"},
                    reply_case{"TakenWithoutStatus", ".", 250, "", fresh, delivered, recipient,
                               then::nothing, "2.0.0", "delivered"},
                    reply_case{"PositiveToDataIsNoDelivery", "DATA", 250, "2.0.0", fresh, retry,
                               host, then::next_host, "4.5.0", "protocol"},
                    reply_case{"MoreWantedAfterTheDot", ".", 354, "", fresh, retry, host,
                               then::next_host, "4.5.0", "protocol"},
                    reply_case{"UnknownUser", "RCPT", 550, "5.1.1", fresh, bounce, recipient,
                               then::nothing, "5.1.1", "recipient_refused"},
                    reply_case{"UnknownUserWithoutStatus", "RCPT", 550, "", fresh, bounce,
                               recipient, then::nothing, "5.1.1", "recipient_refused"},
                    reply_case{"MailboxFull", "RCPT", 552, "5.2.2", after_others, bounce, recipient,
                               then::nothing, "5.2.2", "recipient_refused"},
                    reply_case{"SenderRefused", "MAIL", 550, "", fresh, bounce, message,
                               then::nothing, "5.0.0", "message_refused"},
                    reply_case{"ContentRefused", ".", 554, "5.7.1", fresh, bounce, message,
                               then::nothing, "5.7.1", "message_refused"},
                    reply_case{"DataRefused", "DATA", 554, "", fresh, bounce, message,
                               then::nothing, "5.0.0", "message_refused"},
                    reply_case{"ClassDisagreesWithCode", "RCPT", 550, "4.7.1", fresh, bounce,
                               recipient, then::nothing, "5.7.1", "recipient_refused"},
                    reply_case{"Greylisted", "RCPT", 450, "4.2.0", fresh, retry, recipient,
                               then::nothing, "4.2.0", "recipient_deferred"},
                    reply_case{"SenderDeferred", "MAIL", 451, "4.7.1", fresh, retry, message,
                               then::nothing, "4.7.1", "message_deferred"},
                    reply_case{"ContentDeferred", ".", 451, "", fresh, retry, message,
                               then::nothing, "4.3.0", "message_deferred"},
                    reply_case{"DiskFull", "MAIL", 452, "4.3.1", fresh, retry, host,
                               then::next_host, "4.3.1", "host_deferred"},
                    reply_case{"DiskFullWithoutStatus", "RCPT", 452, "", fresh, retry, host,
                               then::next_host, "4.3.1", "host_deferred"},
                    reply_case{"MessageTooBigNow", "MAIL", 452, "4.3.4", fresh, retry, message,
                               then::nothing, "4.3.4", "message_deferred"},
                    reply_case{"TooManyRecipients", "RCPT", 452, "4.5.3", after_others, retry,
                               recipient, then::resend, "4.5.3", "too_many_recipients"},
                    reply_case{"TooManyWithoutStatus", "RCPT", 452, "", after_others, retry,
                               recipient, then::resend, "4.3.1", "too_many_recipients"},
                    reply_case{"TooManyAsRfc821", "RCPT", 552, "", after_others, retry, recipient,
                               then::resend, "4.2.2", "too_many_recipients"},
                    reply_case{"TooManyAtTheFirst", "RCPT", 452, "4.5.3", fresh, retry, recipient,
                               then::nothing, "4.5.3", "recipient_deferred"},
                    reply_case{"Closing", "RCPT", 421, "4.3.2", fresh, retry, host, then::next_host,
                               "4.3.2", "closing"},
                    reply_case{"ClosingAfterMessages", "MAIL", 421, "4.7.0", used, retry, host,
                               then::resend, "4.7.0", "session_end"},
                    reply_case{"TlsNeeded", "MAIL", 530, "5.7.0", fresh, retry, host,
                               then::next_host, "4.7.0", "tls_needed"},
                    reply_case{"LoginNeeded", "MAIL", 530, "5.7.0", secure, bounce, message,
                               then::nothing, "5.7.0", "message_refused"},
                    reply_case{"Lost", "session", 0, "", fresh, retry, host, then::next_host,
                               "4.4.2", "session_lost"},
                    reply_case{"LostAfterTheDot", "uncertain", 0, "", fresh, retry, host,
                               then::nothing, "4.4.2", "uncertain"},
                    reply_case{"TooBigForThatHost", "local", 552, "5.3.4", fresh, bounce, message,
                               then::next_host, "5.3.4", "not_offered"},
                    reply_case{"NoSmtputf8", "local", 553, "5.6.7", fresh, bounce, message,
                               then::next_host, "5.6.7", "not_offered"}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace signpost::model
