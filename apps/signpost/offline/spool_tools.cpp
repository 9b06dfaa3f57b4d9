// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// `signpost spool check|salvage|rebuild|export`: what can be done with a queue whose disk was not
// kind to it.
#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "api/frame/json.hpp"
#include "apps/signpost/client/session.hpp"
#include "apps/signpost/commands.hpp"
#include "apps/signpost/offline/spool_place.hpp"
#include "apps/signpost/terminal/text_table.hpp"
#include "base/file_descriptor.hpp"
#include "base/text.hpp"
#include "storage/spool/repair/spool_tools.hpp"
#include "storage/spool/spool.hpp"

namespace signpost::cli {
namespace {

namespace files = std::filesystem;

constexpr std::size_t lines_shown_max = 200;

constexpr const char* check_text = R"(
Reads all of the queue of a node that does not run: checksums of every file in use, every row and
the octets of every message, and compares them with each other and with what was acknowledged.
Changes nothing; needs room for a copy of the write-ahead log beside the queue. Ends with 1 if
anything is wrong; lines that begin with "lost" name a message that cannot be delivered as it is.

Examples:
  systemctl stop signpostd
  signpost spool check
  signpost spool check --data-dir /var/lib/signpost.old --json
)";

constexpr const char* salvage_text = R"(
Copies every message that can be read into a new queue and puts it in the place of the old one,
which stays as spool.damaged-WHEN. Messages whose octets are gone are named, and in
spool.losses/salvage-WHEN.accepted, too; octets that belong to no sender or recipient any more are
kept in spool.losses/salvaged-WHEN. The node must not run. With --to the new queue is only made, and
nothing else is changed.

Examples:
  systemctl stop signpostd
  signpost spool salvage
  systemctl start signpostd
)";

constexpr const char* rebuild_text = R"(
Makes anew what follows from the rest: the schedule, by time and by destination. The node must not
run.

Examples:
  signpost spool rebuild
)";

constexpr const char* export_text = R"(
Writes each message of the queue to DIR as QUEUE-ID.eml, octet for octet, and beside it
QUEUE-ID.json with sender, recipients and what became of them. From a node that runs, through its
API; else from its files. Nothing is taken out of the queue. Ends with 1 if something could not be
read.

Examples:
  signpost spool export --to /srv/rescue
)";

struct tool_options {
  std::string data_dir;
  std::string to;
};

std::string when(const command_context& context) {
  auto text = to_rfc3339(context.to.time.now());
  std::erase_if(text, [](char c) { return !is_alnum(c); });
  return text;
}

no_answer to_answer(const error& why) {
  const bool usage = why.code == errc::conflict || why.code == errc::not_found;
  return {.status = usage ? wrong_usage : negative,
          .text = printable(why.context, 1000),
          .advice = why.code == errc::conflict ? "stop the node first" : ""};
}

bool has_database(const std::string& folder) {
  std::error_code ignored;
  return files::is_directory(folder, ignored);
}

// A node's files belong to its user, no matter who repaired them.
void give_like(const std::string& path, const std::string& like) {
  struct stat owner {};
  if (::geteuid() != 0 || ::stat(like.c_str(), &owner) != 0) return;
  std::error_code failed;
  (void)!::lchown(path.c_str(), owner.st_uid, owner.st_gid);
  for (files::recursive_directory_iterator at(path, failed), end; !failed && at != end;
       at.increment(failed)) {
    (void)!::lchown(at->path().c_str(), owner.st_uid, owner.st_gid);
  }
}

json to_json(const storage::spool_report& r) {
  return {{"messages", r.messages}, {"recipients", r.recipients}, {"octets", r.octets},
          {"files", r.files},       {"damage", r.damage},         {"lost", r.lost}};
}

std::string lines_of(std::string_view word, const std::vector<std::string>& lines) {
  std::string text;
  for (std::size_t i = 0; i < std::min(lines.size(), lines_shown_max); ++i) {
    text += fmt::format("{}  {}\n", word, printable(lines[i], 1000));
  }
  if (lines.size() > lines_shown_max) {
    text += fmt::format("{}  ... and {} more; --json shows all\n", word,
                        lines.size() - lines_shown_max);
  }
  return text;
}

exit_status show(const command_context& context, const storage::spool_report& r,
                 std::string_view what) {
  auto text = fmt::format("{}{}{}, {} waiting, {} {}\n", lines_of("damage", r.damage),
                          lines_of("lost", r.lost), count_of(r.messages, "message"),
                          count_of(r.recipients, "recipient"), short_size(r.octets), what);
  print_outcome(context, to_json(r), text);
  return r.is_well() ? done : negative;
}

exit_status check(const command_context& context, const tool_options& o) {
  const auto folder = spool_folder_of(context, o.data_dir);
  if (!folder) return complain(context, folder.error());
  if (!has_database(*folder)) {
    return complain(context, {.status = wrong_usage, .text = *folder + " does not exist"});
  }
  const auto report = storage::check_spool(*folder);
  if (!report) return complain(context, to_answer(report.error()));
  return show(context, *report, report->is_well() ? "and no damage" : "can be read");
}

exit_status salvage(const command_context& context, const tool_options& o) {
  const auto folder = spool_folder_of(context, o.data_dir);
  if (!folder) return complain(context, folder.error());
  if (!has_database(*folder)) {
    return complain(context, {.status = wrong_usage, .text = *folder + " does not exist"});
  }
  const auto now = when(context);
  const auto fresh = o.to.empty() ? *folder + ".salvaged-" + now : o.to;
  const auto aside = o.to.empty() ? *folder + ".losses/salvaged-" + now : o.to + ".aside";
  const auto report = storage::salvage_spool(*folder, fresh, aside);
  if (!report) return complain(context, to_answer(report.error()));
  if (!o.to.empty()) return show(context, *report, "saved to " + fresh);
  const auto old = *folder + ".damaged-" + now;
  give_like(fresh, *folder);
  const auto exchanged =
      storage::exchange_spool(*folder, fresh, old, *report, context.to.time.now());
  if (!exchanged) return complain(context, to_answer(exchanged.error()));
  give_like(*folder + ".losses", *folder);
  const auto status = show(context, *report, "saved; the old files are in " + old);
  return status;
}

exit_status rebuild(const command_context& context, const tool_options& o) {
  const auto folder = spool_folder_of(context, o.data_dir);
  if (!folder) return complain(context, folder.error());
  const auto placed = storage::rebuild_schedule(*folder);
  if (!placed) return complain(context, to_answer(placed.error()));
  give_like(*folder, *folder);
  return print_outcome(context, {{"recipients", *placed}},
                       fmt::format("{} in the rebuilt schedule\n", count_of(*placed, "recipient")));
}

// ---- export ------------------------------------------------------------------------------------

class exporter {
 public:
  exporter(const command_context& context, std::string folder)
      : context_(context), folder_(std::move(folder)) {}

  answer<void> begin() {
    std::error_code failed;
    files::create_directories(folder_, failed);
    if (failed) return refuse(wrong_usage, folder_ + ": " + failed.message());
    if (!files::is_empty(folder_, failed)) {
      return refuse(wrong_usage, folder_ + " is not empty, and nothing is overwritten");
    }
    files::permissions(folder_, files::perms::owner_all, failed);
    return {};
  }
  answer<void> put(const std::string& id, const json& about, const std::string* octets) {
    SP_CHECK(write(id + ".json", api::to_text(about, true) + "\n"));
    if (octets == nullptr) {
      ++unread_;
      note(context_, id + " has no readable content");
      return {};
    }
    ++messages_;
    return write(id + ".eml", *octets);
  }
  void cannot(const std::string& id, std::string_view why) {
    ++unread_;
    note(context_, id + ": " + std::string(why));
  }
  exit_status end() const {
    print_outcome(context_, {{"messages", messages_}, {"unreadable", unread_}, {"folder", folder_}},
                  fmt::format("{} written to {}{}\n", count_of(messages_, "message"), folder_,
                              unread_ > 0 ? fmt::format("; {} could not be read", unread_) : ""));
    return unread_ == 0 ? done : negative;
  }

 private:
  answer<void> write(const std::string& name, std::string_view octets) const {
    const auto path = folder_ + "/" + name;
    const file_descriptor out(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (out.open() && write_all(out.get(), octets)) return {};
    return refuse(negative, path + " cannot be written");
  }

  const command_context& context_;
  std::string folder_;
  std::uint64_t messages_ = 0;
  std::uint64_t unread_ = 0;
};

// Of a node that runs. What has been delivered meanwhile is left out.
answer<void> export_running(const api_client& client, exporter& to) {
  SP_TRY(const auto rows, client.list_by_cursor("/signpost/v1/queue", "", 0, nullptr));
  std::string last;
  for (const auto& row : rows) {
    const auto id = text_of(row, "queue_id");
    if (id.empty() || std::exchange(last, id) == id) continue;
    const auto path = "/signpost/v1/queue/" + percent_encode(id);
    const auto about = client.call("GET", path);
    if (!about && about.error().http_status == 404) continue;
    if (!about) {
      to.cannot(id, about.error().text);
      continue;
    }
    if (!is_true(about->result, "queued")) continue;
    const auto octets = client.content(path + "/content");
    if (!octets && octets.error().http_status == 404) continue;
    SP_CHECK(to.put(id, about->result, octets ? &*octets : nullptr));
  }
  return {};
}

answer<void> export_stopped(const std::string& folder, exporter& to) {
  const auto spool = storage::damaged_spool::open(folder);
  if (!spool) return tl::unexpected(to_answer(spool.error()));
  std::optional<no_answer> failure;
  (*spool)->each_message([&](const storage::stored_message& m) {
    if (failure || !m.is_open()) return;
    auto envelopes = json::array();
    for (const auto& e : m.envelopes) envelopes.push_back(api::to_json(e));
    const json about{{"queue_id", m.id.to_string()},
                     {"queued", true},
                     {"message", m.record ? api::to_json(*m.record) : json(nullptr)},
                     {"envelopes", envelopes},
                     {"recipients_lost", m.recipients_lost}};
    const auto put = to.put(m.id.to_string(), about, m.octets ? &*m.octets : nullptr);
    if (!put) failure = put.error();
  });
  if (failure) return tl::unexpected(*failure);
  return {};
}

exit_status export_queue(const command_context& context, const tool_options& o) {
  exporter to(context, files::absolute(o.to).lexically_normal().string());
  if (const auto begun = to.begin(); !begun) return complain(context, begun.error());
  const auto client = o.data_dir.empty() ? client_of(context)
                                         : answer<api_client>(refuse(no_node, "reading the files"));
  answer<void> exported = client ? export_running(*client, to)
                                 : answer<void>(tl::unexpected(client.error()));
  if (!exported && exported.error().status == no_node) {
    const auto folder = spool_folder_of(context, o.data_dir);
    if (!folder) return complain(context, folder.error());
    note(context, "no node is running; its files are read");
    exported = export_stopped(*folder, to);
  }
  if (!exported) return complain(context, exported.error());
  return to.end();
}

option to_option(std::string& target, const char* help, bool required) {
  return {.name = "--to",
          .type = "DIR",
          .help = help,
          .target = &target,
          .required = required,
          .completes = completion::directory};
}

}  // namespace

std::vector<command> spool_tool_commands() {
  const auto o = std::make_shared<tool_options>();
  return {
      {.name = "check",
       .help = "Read the whole queue of a stopped node; the exit status is 1 if anything is wrong",
       .text = check_text,
       .options = {data_dir_option(o->data_dir)},
       .run = [o](const auto& context) { return check(context, *o); }},
      {.name = "salvage",
       .help = "Copy everything readable of a damaged queue into a new one",
       .text = salvage_text,
       .options = {data_dir_option(o->data_dir),
                   to_option(o->to, "Only create the new queue, in this folder", false)},
       .run = [o](const auto& context) { return salvage(context, *o); }},
      {.name = "rebuild",
       .help = "Rebuild the schedule of a stopped node's queue",
       .text = rebuild_text,
       .options = {data_dir_option(o->data_dir)},
       .run = [o](const auto& context) { return rebuild(context, *o); }},
      {.name = "export",
       .help = "Write every message of the queue to a folder, with its envelope",
       .text = export_text,
       .options = {to_option(o->to, "A folder that is empty or does not exist", true),
                   data_dir_option(o->data_dir)},
       .run = [o](const auto& context) { return export_queue(context, *o); }}};
}

}  // namespace signpost::cli
