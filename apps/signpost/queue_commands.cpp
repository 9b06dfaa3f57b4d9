// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "apps/signpost/node_session.hpp"
#include "apps/signpost/text_table.hpp"
#include "base/text.hpp"

namespace signpost::cli {
namespace {

constexpr std::uint64_t page_max = 1000;

std::string or_null_sender(const std::string& sender) {
  return sender.empty() ? "<>" : sender;
}

// Pages until `limit` recipients are there; `more` tells that some were left.
answer<json> collect(const node_client& node, const queue_list_options& options, bool& more) {
  auto rows = json::array();
  std::string cursor;
  do {
    const auto wanted = options.limit == 0 ? page_max : options.limit - rows.size();
    SP_TRY(auto page,
           node.call("GET",
                     "/queue?"
                         + query_of({{"next_hop", options.next_hop},
                                     {"sender", options.sender},
                                     {"recipient", options.recipient},
                                     {"state", options.state},
                                     {"cursor", cursor},
                                     {"per_page", std::to_string(std::min(wanted, page_max))}})));
    for (auto& row : page.result) rows.push_back(std::move(row));
    cursor = text_of(page.info, "cursor");
  } while (!cursor.empty() && (options.limit == 0 || rows.size() < options.limit));
  more = !cursor.empty();
  return rows;
}

std::string list_table(const json& rows, wall_time now) {
  text_table table({"QUEUE ID", "STATE", "TRIES", "NEXT", "ACCEPTED", "SIZE", "SENDER", "RECIPIENT",
                    "DESTINATION", "LAST REPLY"});
  for (const auto& row : rows) {
    table.add({text_of(row, "queue_id"), text_of(row, "state"),
               std::to_string(number_of(row, "attempts")),
               relative(text_of(row, "next_attempt"), now), relative(text_of(row, "accepted"), now),
               short_size(number_of(row, "size")), or_null_sender(text_of(row, "sender")),
               text_of(row, "original"), text_of(row, "destination"), text_of(row, "last_reply")});
  }
  return table.to_string();
}

std::string client_line(const json& m) {
  const auto address = text_of(m, "client_address");
  if (address.empty()) return "this node";
  auto name = text_of(m, "client_name");
  if (name.empty()) name = "unknown";
  const auto tls = text_of(m, "tls");
  return fmt::format("{} [{}], HELO {}, {}{}", name, address, text_of(m, "helo"),
                     text_of(m, "protocol"), tls.empty() ? ", not encrypted" : ", " + tls);
}

std::string message_block(const json& m, wall_time now) {
  const auto line = [](std::string_view name, const std::string& value) {
    return fmt::format("  {:<12}{}\n", name, printable(value));
  };
  const auto accepted = text_of(m, "accepted");
  return line("accepted", fmt::format("{} ({})", accepted, relative(accepted, now)))
         + line("sender", or_null_sender(text_of(m, "sender"))) + line("from", client_line(m))
         + line("size", short_size(number_of(m, "size")))
         + line("message-id", text_of(m, "message_id"));
}

std::string recipients_table(const json& envelopes, wall_time now) {
  text_table table(
      {"RECIPIENT", "DESTINATION", "STATE", "TRIES", "NEXT", "EXPIRES", "LAST HOST", "LAST REPLY"});
  for (const auto& e : envelopes) {
    const auto state = text_of(e, "state");
    const bool open = state == "queued" || state == "deferred";
    table.add({text_of(e, "original"), text_of(e, "destination"), state,
               std::to_string(number_of(e, "attempts")),
               open ? relative(text_of(e, "next_attempt"), now) : "-",
               open ? relative(text_of(e, "expires"), now) : "-", text_of(e, "last_host"),
               text_of(e, "last_reply")});
  }
  return table.to_string(2);
}

std::string timeline_table(const json& events) {
  text_table table({"TIME", "EVENT", "RECIPIENT", "DESTINATION", "HOST", "REPLY"});
  for (const auto& e : events) {
    table.add({text_of(e, "at"), text_of(e, "event"), text_of(e, "recipient"),
               text_of(e, "destination"), text_of(e, "host"), text_of(e, "reply")});
  }
  return table.to_string(2);
}

std::string shown(const json& message, wall_time now) {
  auto text = "message " + text_of(message, "queue_id");
  const auto record = message.value("message", json());
  if (record.is_null()) {
    text += " is no longer queued\n";
  } else {
    text += "\n" + message_block(record, now) + "\nrecipients\n"
            + recipients_table(message.value("envelopes", json::array()), now);
  }
  return text + "\nevents\n" + timeline_table(message.value("events", json::array()));
}

// Nothing at all must not mean everything.
bool names_nothing(const queue_target& target) {
  return target.queue_id.empty() && target.next_hop.empty();
}
const no_answer nothing_named{wrong_usage, "name a queue id, or a destination with --next-hop"};

std::string path_of(const queue_target& target, std::string_view verb) {
  if (!target.queue_id.empty()) {
    return fmt::format("/queue/{}{}", percent_encode(target.queue_id), verb);
  }
  return fmt::format("/queue{}?{}", verb, query_of({{"next_hop", target.next_hop}}));
}

exit_status act(const command_context& context, std::string_view method, const std::string& path,
                std::string_view what_was_done) {
  const auto node = client_of(context);
  if (!node) return complain(context, node.error());
  const auto reply = node->call(method, path);
  if (!reply) return complain(context, reply.error());
  if (context.json) return print_json(context, reply->result);
  context.to.out(fmt::format(
      "{} {}\n", count_of(number_of(reply->result, "recipients"), "recipient"), what_was_done));
  return done;
}

}  // namespace

exit_status queue_list(const command_context& context, const queue_list_options& options) {
  const auto node = client_of(context);
  if (!node) return complain(context, node.error());
  bool more = false;
  const auto rows = collect(*node, options, more);
  if (!rows) return complain(context, rows.error());
  if (more) {
    context.to.err(fmt::format("signpost: only the first {} are shown; --limit 0 shows all\n",
                               count_of(rows->size(), "recipient")));
  }
  if (context.json) return print_json(context, *rows);
  context.to.out(rows->empty() ? "no mail is waiting that matches\n"
                               : list_table(*rows, context.to.time.now()));
  return done;
}

exit_status queue_show(const command_context& context, const std::string& queue_id, bool headers) {
  const auto node = client_of(context);
  if (!node) return complain(context, node.error());
  const auto path = "/queue/" + percent_encode(queue_id);
  auto reply = node->call("GET", path);
  if (!reply) return complain(context, reply.error());
  auto& message = reply->result;
  std::string section;
  if (headers && !message.value("message", json()).is_null()) {
    auto content = node->content(path + "/content?headers=true");
    if (!content) return complain(context, content.error());
    section = std::move(*content);
    message["headers"] = section;
  }
  if (context.json) return print_json(context, message);
  context.to.out(shown(message, context.to.time.now()));
  if (!section.empty()) context.to.out("\nheaders\n" + printable_lines(section));
  return done;
}

exit_status queue_retry(const command_context& context, const queue_target& target) {
  if (names_nothing(target)) return complain(context, nothing_named);
  return act(context, "POST", path_of(target, "/retry"), "will be tried now");
}

exit_status queue_remove(const command_context& context, const queue_target& target, bool yes) {
  if (names_nothing(target)) return complain(context, nothing_named);
  const bool many = target.queue_id.empty();
  if (many && !yes
      && !context.to.confirm("Remove all mail for " + printable(target.next_hop)
                             + "? Nobody will be told. [y/N] ")) {
    context.to.err("signpost: nothing was removed; say yes, or add --yes\n");
    return wrong_usage;
  }
  return act(context, "DELETE", path_of(target, ""), "removed");
}

}  // namespace signpost::cli
