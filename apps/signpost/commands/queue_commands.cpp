// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "apps/signpost/client/lookup.hpp"
#include "apps/signpost/client/session.hpp"
#include "apps/signpost/terminal/text_table.hpp"
#include "base/text.hpp"

namespace signpost::cli {
namespace {

constexpr std::string_view queue_path = "/signpost/v1/queue";

constexpr const char* queue_list_text = R"(
NEXT is the time of the next attempt. Each recipient has one line, so that grep finds it.

Examples:
  signpost queue list --state deferred --next-hop example.net
  signpost queue list --zone example.org
  signpost queue list --limit 0 --json | jq -r '.[].queue_id' | sort -u
)";

constexpr const char* queue_show_text = R"(
Recipients are those that still wait, with what was said last; events are all that happened, also
after the message is gone (storage.log_retention).

Examples:
  signpost queue show 06F1ZK3V8R00G0000000000018 --headers
)";

constexpr const char* queue_retry_text = R"(
The attempt is made at once, even if the destination was being left alone. Mail that is being
delivered at this moment is not touched.

Examples:
  signpost queue retry 06F1ZK3V8R00G0000000000018
  signpost queue retry --next-hop example.net
)";

constexpr const char* queue_remove_text = R"(
Removed mail is gone: no bounce is sent and nobody is told, but the events keep that it was removed.
Asks before it removes all mail of a destination; without a terminal --yes is needed.

Examples:
  signpost queue remove 06F1ZK3V8R00G0000000000018
  signpost queue remove --next-hop example.net --yes
)";

constexpr const char* queue_source_text = R"(
Prints the message, or with --headers its header section, while it waits: a stranger's octets.

Examples:
  signpost message source 06F1ZK3V8R00G0000000000018 >letter.eml
)";

struct list_options {
  std::string next_hop;
  std::string sender;
  std::string recipient;
  std::string state;
  std::string zone;
  std::uint64_t limit = 100;  ///< 0 = all
};

/// A message, or all of a next hop: one of them is not empty.
struct target_options {
  std::string queue_id;
  std::string next_hop;
  bool headers = false;
  bool yes = false;
};

std::string or_null_sender(const std::string& sender) {
  return sender.empty() ? "<>" : sender;
}

std::string list_table(const json& rows, wall_time now) {
  text_table table({"QUEUE ID", "STATE", "TRIES", "NEXT", "ACCEPTED", "SIZE", "SENDER", "RECIPIENT",
                    "DESTINATION", "LAST REPLY"});
  for (const auto& row : rows) {
    table.add({text_of(row, "queue_id"), text_of(row, "state"),
               std::to_string(number_of(row, "attempts")),
               relative(text_of(row, "next_attempt"), now), relative(text_of(row, "accepted"), now),
               short_size(number_of(row, "size")),
               is_true(row, "unreadable") ? "unreadable" : or_null_sender(text_of(row, "sender")),
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

// Where it goes, and where it would go next if that failed permanently.
std::string way_of(const json& envelope) {
  auto way = text_of(envelope, "destination");
  for (const auto& next : envelope.value("fallbacks", json::array())) {
    if (next.is_string()) way += ", then " + next.get<std::string>();
  }
  return way;
}

std::string recipients_table(const json& envelopes, wall_time now) {
  text_table table(
      {"RECIPIENT", "DESTINATION", "STATE", "TRIES", "NEXT", "EXPIRES", "LAST HOST", "LAST REPLY"});
  for (const auto& e : envelopes) {
    const auto state = text_of(e, "state");
    const bool open = state == "queued" || state == "deferred";
    table.add({text_of(e, "original"), way_of(e), state, std::to_string(number_of(e, "attempts")),
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
  if (record.is_null() && is_true(message, "queued")) {
    text += "\n  its record cannot be read from the disk\n\nrecipients\n"
            + recipients_table(message.value("envelopes", json::array()), now);
  } else if (record.is_null()) {
    text += " is no longer queued\n";
  } else {
    text += "\n" + message_block(record, now) + "\nrecipients\n"
            + recipients_table(message.value("envelopes", json::array()), now);
  }
  return text + "\nevents\n" + timeline_table(message.value("events", json::array()));
}

// Nothing at all must not mean everything.
bool names_nothing(const target_options& target) {
  return target.queue_id.empty() && target.next_hop.empty();
}
const no_answer nothing_named{.status = wrong_usage,
                              .text = "give a queue id, or a destination with --next-hop"};

std::string path_of(const target_options& target, std::string_view verb) {
  if (!target.queue_id.empty()) {
    return fmt::format("{}/{}{}", queue_path, percent_encode(target.queue_id), verb);
  }
  return fmt::format("{}{}?{}", queue_path, verb, query_of({{"next_hop", target.next_hop}}));
}

exit_status act(const command_context& context, std::string_view method, const std::string& path,
                std::string_view what_was_done) {
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  const auto reply = client->call(method, path);
  if (!reply) return complain(context, reply.error());
  if (context.json) return print_json(context, reply->result);
  context.to.out(fmt::format(
      "{} {}\n", count_of(number_of(reply->result, "recipients"), "recipient"), what_was_done));
  return done;
}

// Where the list is: the node's, or a zone's.
answer<std::string> list_path(const api_client& client, const std::string& zone) {
  if (zone.empty()) return std::string(queue_path);
  SP_TRY(const auto found, zone_of(client, zone));
  return own_zone_path(found) + "/queue";
}

exit_status queue_list(const command_context& context, const list_options& o) {
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  const auto path = list_path(*client, o.zone);
  if (!path) return complain(context, path.error());
  bool more = false;
  const auto rows = client->list_by_cursor(*path,
                                           query_of({{"next_hop", o.next_hop},
                                                     {"sender", o.sender},
                                                     {"recipient", o.recipient},
                                                     {"state", o.state}}),
                                           o.limit, &more);
  if (!rows) return complain(context, rows.error());
  if (more) {
    note(context, fmt::format("only the first {} are shown; --limit 0 shows all",
                              count_of(rows->size(), "recipient")));
  }
  if (context.json) return print_json(context, *rows);
  context.to.out(rows->empty() ? "no waiting mail matches\n"
                               : list_table(*rows, context.to.time.now()));
  return done;
}

exit_status queue_show(const command_context& context, const target_options& o) {
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  const auto path = path_of({.queue_id = o.queue_id}, "");
  auto reply = client->call("GET", path);
  if (!reply) return complain(context, reply.error());
  auto& message = reply->result;
  std::string section;
  if (o.headers && !message.value("message", json()).is_null()) {
    auto content = client->content(path + "/content?headers=true");
    if (!content) return complain(context, content.error());
    section = std::move(*content);
    message["headers"] = section;
  }
  if (context.json) return print_json(context, message);
  context.to.out(shown(message, context.to.time.now()));
  if (!section.empty()) context.to.out("\nheaders\n" + printable_lines(section));
  return done;
}

exit_status message_source(const command_context& context, const target_options& o) {
  const auto client = client_of(context);
  if (!client) return complain(context, client.error());
  const auto path = path_of({.queue_id = o.queue_id}, "/content");
  const auto content = client->content(path + (o.headers ? "?headers=true" : ""));
  if (!content) return complain(context, content.error());
  if (context.json) return print_json(context, {{"queue_id", o.queue_id}, {"content", *content}});
  context.to.out(*content);
  return done;
}

exit_status queue_retry(const command_context& context, const target_options& target) {
  if (names_nothing(target)) return complain(context, nothing_named);
  return act(context, "POST", path_of(target, "/retry"), "will be retried now");
}

exit_status queue_remove(const command_context& context, const target_options& target) {
  if (names_nothing(target)) return complain(context, nothing_named);
  const bool many = target.queue_id.empty();
  if (many && !target.yes
      && !context.to.confirm("Remove all mail for " + printable(target.next_hop)
                             + "? Nobody will be notified. [y/N] ")) {
    note(context, "nothing was removed; answer yes, or add --yes");
    return wrong_usage;
  }
  return act(context, "DELETE", path_of(target, ""), "removed");
}

option id_argument(std::string& target, bool required) {
  return {.name = "queue_id",
          .type = "ID",
          .help = "The queue id, as shown in the log",
          .target = &target,
          .required = required};
}

option next_hop_option(std::string& target) {
  return {.name = "--next-hop",
          .type = "DOMAIN",
          .help = "All mail for this destination domain",
          .target = &target,
          .excludes = {"queue_id"}};
}

option headers_option(bool& target, const char* help) {
  return {.name = "--headers", .help = help, .target = &target};
}

command list_command() {
  const auto o = std::make_shared<list_options>();
  return {
      .name = "list",
      .help = "List waiting recipients, oldest message first",
      .text = queue_list_text,
      .options = {{.name = "--zone",
                   .type = "ZONE",
                   .help = "Only mail to this zone",
                   .target = &o->zone,
                   .completes = completion::zone},
                  {.name = "--next-hop",
                   .type = "DOMAIN",
                   .help = "Only mail for this destination domain",
                   .target = &o->next_hop},
                  {.name = "--sender",
                   .type = "ADDRESS",
                   .help = "Only mail from this address",
                   .target = &o->sender},
                  {.name = "--recipient",
                   .type = "ADDRESS",
                   .help = "Only mail to this address, either the original or the forwarded one",
                   .target = &o->recipient},
                  {.name = "--state",
                   .type = "STATE",
                   .help = "Only this state: queued (not tried yet) or deferred; final states of "
                           "messages with other recipients left: delivered, bounced, expired, "
                           "removed",
                   .target = &o->state},
                  {.name = "--limit",
                   .type = "N",
                   .help = "At most this many recipients; 0 = all",
                   .target = &o->limit}},
      .run = [o](const auto& context) { return queue_list(context, *o); }};
}

command show_command(const char* help) {
  const auto o = std::make_shared<target_options>();
  return {.name = "show",
          .help = help,
          .text = queue_show_text,
          .options = {id_argument(o->queue_id, true),
                      headers_option(o->headers, "Show the message's header section too")},
          .run = [o](const auto& context) { return queue_show(context, *o); }};
}

}  // namespace

command queue_commands() {
  const auto o = std::make_shared<target_options>();
  return {
      .name = "queue",
      .help = "Show waiting mail, retry it, remove it",
      .commands = {
          list_command(),
          show_command("Show a message, its recipients and what happened to it"),
          {.name = "retry",
           .help = "Retry a message, or all messages for a destination, now",
           .text = queue_retry_text,
           .options = {id_argument(o->queue_id, false), next_hop_option(o->next_hop)},
           .run = [o](const auto& context) { return queue_retry(context, *o); }},
          {.name = "remove",
           .help = "Remove a message, or all messages for a destination; senders are not notified",
           .text = queue_remove_text,
           .options = {id_argument(o->queue_id, false), next_hop_option(o->next_hop),
                       yes_option(o->yes)},
           .run = [o](const auto& context) { return queue_remove(context, *o); }}}};
}

command message_commands() {
  const auto o = std::make_shared<target_options>();
  return {.name = "message",
          .help = "Show one message",
          .commands = {show_command("Show a message and all that happened to it"),
                       {.name = "source",
                        .help = "Print a waiting message unchanged",
                        .text = queue_source_text,
                        .options = {id_argument(o->queue_id, true),
                                    headers_option(o->headers, "Print only its header section")},
                        .run = [o](const auto& context) { return message_source(context, *o); }}}};
}

}  // namespace signpost::cli
