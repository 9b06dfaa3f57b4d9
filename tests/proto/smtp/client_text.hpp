// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Events of the sending session as text, for comparison.
#pragma once

#include <string>

#include "proto/smtp/client_session.hpp"
#include "tests/proto/smtp/server_driver.hpp"

namespace signpost::smtp::testing {

inline std::string to_text(const client_event& event) {
  return std::visit(overloaded{
                        [](const ready_event&) { return std::string("ready"); },
                        [](const client_starttls_event&) { return std::string("starttls"); },
                        [](const session_failed_event& e) {
                          return "failed " + e.stage + ": " + e.reply.to_string();
                        },
                        [](const transaction_done_event& e) {
                          std::string text = "done";
                          for (const auto& r : e.results) {
                            text += " | " + r.recipient + " " + r.command + " "
                                    + r.reply.to_string() + (r.uncertain ? " uncertain" : "");
                          }
                          return text;
                        },
                    },
                    event);
}

}  // namespace signpost::smtp::testing
