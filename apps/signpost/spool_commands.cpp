// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// `signpost spool …`: what the stores of this machine have lost, and the operator's word on it.
#include <fmt/format.h>

#include "apps/signpost/session.hpp"
#include "apps/signpost/spool_adopt.hpp"
#include "base/text.hpp"
#include "storage/loss_register.hpp"

namespace signpost::cli {
namespace {

struct loss_options {
  std::string id;
  std::string data_dir;
};

answer<std::vector<storage::loss_register>> registers_of(const command_context& context,
                                                         const loss_options& o) {
  auto folder = o.data_dir;
  if (folder.empty()) {
    if (!context.settings.mistakes().empty()) {
      return refuse(wrong_usage, context.settings.mistakes().front(),
                    "--data-dir DIR works without settings");
    }
    folder = context.settings.values().data_dir;
  }
  return std::vector{storage::loss_register(folder + "/spool"),
                     storage::loss_register(folder + "/config")};
}

exit_status list_losses(const command_context& context, const loss_options& o) {
  const auto registers = registers_of(context, o);
  if (!registers) return complain(context, registers.error());
  auto rows = json::array();
  for (const auto& one : *registers) {
    for (const auto& l : one.pending()) {
      rows.push_back({{"id", l.id},
                      {"unaccounted", l.count},
                      {"at_least", l.at_least},
                      {"unit", l.unit},
                      {"report", one.file_of(l.id)}});
    }
  }
  if (context.json) return print_json(context, rows);
  if (rows.empty()) context.to.out("nothing is missing\n");
  for (const auto& row : rows) {
    context.to.out(fmt::format("{}  {}{} acknowledged {} missing  {}\n", text_of(row, "id"),
                               is_true(row, "at_least") ? "at least " : "",
                               number_of(row, "unaccounted"), text_of(row, "unit"),
                               text_of(row, "report")));
  }
  return rows.empty() ? done : negative;
}

exit_status accept_loss(const command_context& context, const loss_options& o) {
  const auto registers = registers_of(context, o);
  if (!registers) return complain(context, registers.error());
  for (const auto& one : *registers) {
    const auto accepted = one.accept(o.id);
    if (accepted) {
      return print_outcome(context, {{"accepted", o.id}},
                           fmt::format("accepted: {}; a running node goes on at once\n", o.id));
    }
    if (accepted.error().code != errc::not_found) {
      return complain(context, {.status = negative, .text = printable(accepted.error().context)});
    }
  }
  return complain(context, {.status = negative,
                            .text = fmt::format("no loss '{}' waits", printable(o.id, 80)),
                            .advice = "signpost spool losses lists those that do"});
}

option data_dir_option(std::string& target) {
  return {.name = "--data-dir",
          .type = "DIR",
          .help = "The data directory, instead of node.data_dir",
          .target = &target,
          .completes = completion::directory};
}

constexpr const char* accept_text =
    "A node that misses mail which it had acknowledged takes nothing new until this is said.\n"
    "The right to write to the data directory is needed, and no restart.\n\n"
    "Examples:\n"
    "  signpost spool losses\n"
    "  signpost spool accept-loss loss-1a2b3c4d\n";

}  // namespace

command spool_commands() {
  const auto o = std::make_shared<loss_options>();
  return {
      .name = "spool",
      .help = "Look after the stores on this machine's disk",
      .commands = {
          {.name = "losses",
           .help = "List losses that wait to be accepted; ends with 1 if there are any",
           .options = {data_dir_option(o->data_dir)},
           .run = [o](const auto& context) { return list_losses(context, *o); }},
          {.name = "accept-loss",
           .help = "Say that you know of a loss, so that mail is accepted again",
           .text = accept_text,
           .options = {{.name = "loss",
                        .type = "LOSS",
                        .help = "As the log and /readyz name it: loss-1a2b3c4d",
                        .target = &o->id,
                        .required = true},
                       data_dir_option(o->data_dir)},
           .run = [o](const auto& context) { return accept_loss(context, *o); }},
          spool_adopt_command()}};
}

}  // namespace signpost::cli
