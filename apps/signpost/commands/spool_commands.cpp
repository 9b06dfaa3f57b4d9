// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// `signpost spool …`: what the stores of this machine have lost, and the operator's word on it.
#include <fmt/format.h>

#include "apps/signpost/client/session.hpp"
#include "apps/signpost/offline/spool_adopt.hpp"
#include "apps/signpost/offline/spool_place.hpp"
#include "apps/signpost/terminal/text_table.hpp"
#include "base/text.hpp"
#include "storage/format/loss_register.hpp"
#include "storage/spool/unreadable_register.hpp"

namespace signpost::cli {
namespace {

struct loss_options {
  std::string id;
  std::string data_dir;
};

answer<std::vector<storage::loss_register>> registers_of(const command_context& context,
                                                         const loss_options& o) {
  SP_TRY(const auto folder, data_folder_of(context, o.data_dir));
  return std::vector{storage::loss_register(folder + "/spool"),
                     storage::loss_register(folder + "/config")};
}

std::unique_ptr<storage::unreadable_register> unreadable_of(const command_context& context,
                                                            const loss_options& o) {
  const auto folder = data_folder_of(context, o.data_dir);
  if (!folder) return nullptr;
  return std::make_unique<storage::unreadable_register>(*folder + "/spool");
}

exit_status accept_unreadable(const command_context& context, const loss_options& o) {
  const auto folder = data_folder_of(context, o.data_dir);
  if (!folder) return complain(context, folder.error());
  storage::unreadable_register unread(*folder + "/spool");
  const auto accepted = unread.accept(context.to.time.now());
  if (!accepted) {
    return complain(context, {.status = negative, .text = printable(accepted.error().context)});
  }
  return print_outcome(context, {{"accepted", o.id}}, "accepted: the unreadable messages\n");
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
  const auto unread = unreadable_of(context, o);
  if (unread && unread->messages() > 0) {
    rows.push_back({{"id", storage::unreadable_register::name},
                    {"unaccounted", unread->messages()},
                    {"at_least", false},
                    {"unit", "unreadable"},
                    {"report", unread->file()}});
  }
  if (context.json) return print_json(context, rows);
  if (rows.empty()) context.to.out("nothing is missing\n");
  for (const auto& row : rows) {
    if (text_of(row, "unit") == "unreadable") {
      context.to.out(fmt::format(
          "{}  {} given up, because {} damaged; only you are notified  {}\n", text_of(row, "id"),
          count_of(number_of(row, "unaccounted"), "message"),
          number_of(row, "unaccounted") == 1 ? "it is" : "they are", text_of(row, "report")));
      continue;
    }
    context.to.out(fmt::format("{}  {}{} acknowledged {} missing  {}\n", text_of(row, "id"),
                               is_true(row, "at_least") ? "at least " : "",
                               number_of(row, "unaccounted"), text_of(row, "unit"),
                               text_of(row, "report")));
  }
  return rows.empty() ? done : negative;
}

exit_status accept_loss(const command_context& context, const loss_options& o) {
  if (o.id == storage::unreadable_register::name) return accept_unreadable(context, o);
  const auto registers = registers_of(context, o);
  if (!registers) return complain(context, registers.error());
  for (const auto& one : *registers) {
    const auto accepted = one.accept(o.id);
    if (accepted) {
      return print_outcome(
          context, {{"accepted", o.id}},
          fmt::format("accepted: {}; a running node continues immediately\n", o.id));
    }
    if (accepted.error().code != errc::not_found) {
      return complain(context, {.status = negative, .text = printable(accepted.error().context)});
    }
  }
  return complain(context, {.status = negative,
                            .text = fmt::format("there is no open loss '{}'", printable(o.id, 80)),
                            .advice = "`signpost spool losses` lists the open losses"});
}

constexpr const char* accept_text =
    "A node that has lost mail that it had acknowledged accepts no new mail until you accept the "
    "loss.\n"
    "You need write permission for the data directory. No restart is needed.\n\n"
    "Examples:\n"
    "  signpost spool losses\n"
    "  signpost spool accept-loss loss-1a2b3c4d\n";

}  // namespace

answer<std::string> data_folder_of(const command_context& context, const std::string& data_dir) {
  if (!data_dir.empty()) return data_dir;
  if (context.settings.mistakes().empty()) return context.settings.values().data_dir;
  return refuse(wrong_usage, context.settings.mistakes().front(),
                "--data-dir DIR works without settings");
}

answer<std::string> spool_folder_of(const command_context& context, const std::string& data_dir) {
  SP_TRY(const auto folder, data_folder_of(context, data_dir));
  return folder + "/spool";
}

option data_dir_option(std::string& target) {
  return {.name = "--data-dir",
          .type = "DIR",
          .help = "The data directory, instead of node.data_dir",
          .target = &target,
          .completes = completion::directory};
}

command spool_commands() {
  const auto o = std::make_shared<loss_options>();
  command spool{
      .name = "spool",
      .help = "Check, repair and salvage the stores on this machine's disk",
      .commands = {
          {.name = "losses",
           .help = "List open losses; the exit status is 1 if there are any",
           .options = {data_dir_option(o->data_dir)},
           .run = [o](const auto& context) { return list_losses(context, *o); }},
          {.name = "accept-loss",
           .help = "Accept a loss, so that mail is accepted again",
           .text = accept_text,
           .options = {{.name = "loss",
                        .type = "LOSS",
                        .help =
                            "The id that the log and /readyz show: loss-1a2b3c4d; or unreadable",
                        .target = &o->id,
                        .required = true},
                       data_dir_option(o->data_dir)},
           .run = [o](const auto& context) { return accept_loss(context, *o); }},
          spool_adopt_command()}};
  for (auto& tool : spool_tool_commands()) spool.commands.push_back(std::move(tool));
  return spool;
}

}  // namespace signpost::cli
