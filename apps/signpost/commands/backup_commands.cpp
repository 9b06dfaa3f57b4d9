// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Backups of a node on this machine: made while the node runs or is stopped, checked, restored.
#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "apps/signpost/client/session.hpp"
#include "apps/signpost/offline/backup_folder.hpp"
#include "apps/signpost/offline/store_place.hpp"
#include "apps/signpost/terminal/display_text.hpp"
#include "apps/signpostd/secret_files.hpp"
#include "base/text.hpp"
#include "base/whole_file.hpp"

namespace signpost::cli {
namespace {

namespace files = std::filesystem;

constexpr std::size_t faults_shown_max = 20;
/// Single files in the data directory that are larger are not keys.
constexpr std::uint64_t small_octets_max = 1U << 20;

/// The folder of the activity log.
constexpr std::string_view log_name = "activity";

bool is_of_log(std::string_view relative) {
  return relative.starts_with("activity/");
}

constexpr const char* backup_create_text = R"(
Writes everything that a node is into DIR, which must be empty or not there: the queue, the log of
what happened, zones and accounts, DKIM keys and other secrets with their modes, the settings file,
the zones file and certificates. Works while the node runs, and takes no mail away from it. What was
acknowledged before the command began is in it. DIR then holds secrets: keep it as you keep keys.
--without-log leaves the log of what happened out, which can be larger than all else.

Examples:
  signpost backup create --to /srv/backup/signpost-2026-11-30
)";

constexpr const char* backup_verify_text = R"(
Compares every file with the SHA-256 that was noted when the backup was made. Ends with 1 if it is
not whole.

Examples:
  signpost backup verify /srv/backup/signpost-2026-11-30
)";

constexpr const char* backup_restore_text = R"(
Puts a backup into the data directory of a node that does not run. DATA must be empty or not there:
nothing is overwritten. The backup is checked meanwhile.

The queue is that of the moment of the backup: what was delivered since will be sent again, and what
was accepted since is not there. --without-queue leaves it out. With --with-settings the settings
file, the zones file and other files that were outside of the data directory go back to their old
places, unless something else is there.

Examples:
  systemctl stop signpostd
  mv /var/lib/signpost /var/lib/signpost.old
  signpost backup restore /srv/backup/signpost-2026-11-30 --to /var/lib/signpost
  systemctl start signpostd
)";

/// Why a backup or restore did not succeed.
no_answer to_answer(const error& why) {
  const bool usage = why.code == errc::conflict || why.code == errc::not_found;
  return {.status = usage ? wrong_usage : negative, .text = printable(why.context, 1000)};
}

bool has_database(const std::string& folder) {
  std::error_code ignored;
  return files::exists(files::path(folder) / "CURRENT", ignored);
}

// ---- create ------------------------------------------------------------------------------------

/// Keeps a node from starting while its files are copied.
class held_database {
 public:
  /// errc::conflict: a node runs on it.
  static result<held_database> hold(const std::string& folder) {
    const int fd = ::open((folder + "/LOCK").c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0) return fail(errc::denied, folder + "/LOCK cannot be opened");
    held_database held(fd);
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (::fcntl(fd, F_SETLK, &whole) != 0) {
      return fail(errc::conflict, folder + " is in use, but no node answers on its control socket");
    }
    return held;
  }
  held_database(held_database&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  held_database& operator=(held_database&&) = delete;
  ~held_database() {
    if (fd_ >= 0) ::close(fd_);
  }

 private:
  explicit held_database(int fd) : fd_(fd) {}
  int fd_;
};

/// Logs that were set aside and copies under way are not saved.
bool is_left_over(const std::string& name) {
  return name == "backup.tmp" || name.starts_with(std::string(log_name) + ".damaged-");
}

/// RocksDB's own log and lock are not data.
bool is_database_file(std::string_view relative) {
  const auto name = relative.substr(relative.find_last_of('/') + 1);
  return name != "LOCK" && !name.starts_with("LOG");
}

class backup_maker {
 public:
  backup_maker(const command_context& context, backup_writer writer, bool with_log)
      : context_(context),
        values_(context.settings.values()),
        writer_(std::move(writer)),
        with_log_(with_log) {}

  answer<backup_manifest> make() {
    about_.host_name = values_.host_name;
    about_.data_dir = data_dir();
    about_.created = to_rfc3339(context_.to.time.now());
    about_.version = SIGNPOST_VERSION;
    const auto client = client_of(context_);
    if (!client) return tl::unexpected(client.error());
    SP_CHECK(add_databases(*client));
    if (const auto added = add_small_files(); !added) {
      return tl::unexpected(to_answer(added.error()));
    }
    auto finished = writer_.finish(std::move(about_));
    if (!finished) return tl::unexpected(to_answer(finished.error()));
    return std::move(*finished);
  }

 private:
  [[nodiscard]] std::string data_dir() const {
    return files::absolute(values_.data_dir).lexically_normal().string();
  }

  // Mail first, keys and settings afterwards: what mail needs is in what is copied later.
  answer<void> add_databases(const api_client& client) {
    const auto copied = client.call("POST", "/signpost/v1/snapshot");
    if (!copied && copied.error().status != no_node) return tl::unexpected(copied.error());
    if (!copied) {
      note(context_, "no node is running; its files are copied as they are");
      if (const auto added = add_stopped(); !added) {
        return tl::unexpected(to_answer(added.error()));
      }
      return {};
    }
    about_.running = true;
    about_.messages = number_of(copied->result, "messages");
    about_.recipients = number_of(copied->result, "recipients");
    const auto added =
        writer_.add_tree(text_of(copied->result, "path"), "data", [this](std::string_view file) {
          return is_database_file(file) && (with_log_ || !is_of_log(file));
        });
    const auto removed = client.call("DELETE", "/signpost/v1/snapshot");
    if (!removed) note(context_, "the node still has its temporary copy: " + removed.error().text);
    if (!added) return tl::unexpected(to_answer(added.error()));
    return {};
  }

  result<void> add_stopped() {
    if (!has_database(data_dir() + "/spool")) {
      return fail(errc::not_found, data_dir() + " has no spool; there is nothing to back up");
    }
    std::vector<held_database> held;
    std::vector<std::string> names;
    for (const auto& entry : files::directory_iterator(data_dir())) {
      const auto name = entry.path().filename().string();
      if (!has_database(entry.path().string()) || is_left_over(name)) continue;
      SP_TRY(auto one, held_database::hold(entry.path().string()));
      held.push_back(std::move(one));
      if (with_log_ || name != log_name) names.push_back(name);
    }
    for (const auto& name : names) {
      SP_CHECK(writer_.add_tree(data_dir() + "/" + name, "data/" + name, is_database_file));
    }
    // What was acknowledged, to be compared with what is there: of the same moment only here.
    for (const auto& name : names) {
      const auto record = name + ".acknowledged";
      std::error_code ignored;
      if (!files::exists(data_dir() + "/" + record, ignored)) continue;
      SP_CHECK(writer_.add(data_dir() + "/" + record, "data/" + record));
    }
    return {};
  }

  /// Keys and whatever else is small in the data directory, then what the settings name elsewhere.
  result<void> add_small_files() {
    std::error_code failed;
    std::vector<files::path> found;
    for (files::directory_iterator at(data_dir(), failed), end; !failed && at != end;
         at.increment(failed)) {
      found.push_back(at->path());
    }
    if (failed) return fail(errc::unavailable, data_dir() + ": " + failed.message());
    std::ranges::sort(found);
    for (const auto& path : found) SP_CHECK(add_of_data(path));
    for (const auto& path : outside()) SP_CHECK(add_outside(path));
    return {};
  }

  result<void> add_of_data(const files::path& path) {
    const auto name = path.filename().string();
    const bool of_databases = name.ends_with(".acknowledged") || name.ends_with(".losses");
    if (of_databases || is_left_over(name) || has_database(path.string())) return {};
    std::error_code failed;
    if (files::is_directory(path, failed)) {
      return writer_.add_tree(path.string(), "data/" + name, is_database_file);
    }
    if (!files::is_regular_file(path, failed)) return {};
    if (files::file_size(path, failed) > small_octets_max) return {};
    return writer_.add(path.string(), "data/" + name);
  }

  [[nodiscard]] std::vector<std::string> outside() const {
    const auto& tls = values_.mail.smtp;
    return {context_.settings.path(),     values_.zones_file,
            srs_secret_path(values_),     webhook_secret_path(values_),
            admin_token_path(values_),    tls.tls_certificate,
            tls.tls_key,                  values_.api.tls_certificate,
            values_.api.tls_key,          dkim_directory(values_)};
  }

  result<void> add_outside(const std::string& named) {
    if (named.empty()) return {};
    const auto path = files::absolute(named).lexically_normal().string();
    std::error_code ignored;
    if (path.starts_with(data_dir() + "/") || !files::exists(path, ignored)) return {};
    if (!seen_.insert(path).second) return {};
    if (files::is_directory(path, ignored)) {
      return writer_.add_tree(path, "files" + path, is_database_file);
    }
    return writer_.add(path, "files" + path);
  }

  const command_context& context_;
  const daemon_settings& values_;
  backup_writer writer_;
  const bool with_log_;
  backup_manifest about_;
  std::set<std::string> seen_;
};

json to_json(const backup_manifest& m, const std::string& folder) {
  return {{"folder", folder},         {"host_name", m.host_name}, {"created", m.created},
          {"version", m.version},     {"running", m.running},     {"messages", m.messages},
          {"recipients", m.recipients}, {"files", m.files.size()},  {"octets", m.octets()}};
}

std::uint64_t count_below(const backup_manifest& m, std::string_view prefix) {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      m.files, [&](const backup_entry& e) { return e.path.starts_with(prefix); }));
}

std::string summary(const backup_manifest& m) {
  auto text = fmt::format("{}, {} of {}, made {}\n", count_of(m.files.size(), "file"),
                          short_size(m.octets()), printable(m.host_name), printable(m.created));
  if (m.running) {
    text += fmt::format("  {:<9}{}, {}\n", "queue", count_of(m.messages, "message"),
                        count_of(m.recipients, "recipient"));
  } else {
    text += fmt::format("  {:<9}of a node that was not running\n", "queue");
  }
  text += fmt::format("  {:<9}{}\n", "zones",
                      count_below(m, "data/config/") > 0 ? "with accounts and rules, in the store"
                                                          : "in a zones file");
  text += fmt::format("  {:<9}{}\n", "log",
                      count_below(m, "data/activity/") > 0 ? "the events of mail" : "left out");
  for (const auto& e : m.files) {
    const bool database = e.path.starts_with("data/spool") || e.path.starts_with("data/config")
                          || is_of_log(e.path.substr(e.path.find('/') + 1));
    if (database) continue;
    text += fmt::format("  {:<9}{}\n", fmt::format("{:04o}", e.mode), printable(e.path));
  }
  return text;
}

exit_status create(const command_context& context, const std::string& to, bool with_log) {
  if (is_elsewhere(context)) {
    return complain(context, {.status = wrong_usage,
                              .text = "backups can only be made on the machine of the node"});
  }
  if (!context.settings.mistakes().empty()) {
    return complain(context, {.status = wrong_usage, .text = context.settings.mistakes().front()});
  }
  // Checked before anything is created.
  const auto& values = context.settings.values();
  std::error_code ignored;
  if (context.server.socket.empty() && !has_database(values.data_dir + "/spool")
      && !files::exists(control_socket_path(values), ignored)) {
    return complain(context,
                    {.status = wrong_usage,
                     .text = values.data_dir + " has no spool; there is nothing to back up"});
  }
  const auto folder = files::absolute(to).lexically_normal().string();
  auto writer = backup_writer::begin(folder);
  if (!writer) return complain(context, to_answer(writer.error()));
  const auto made = backup_maker(context, std::move(*writer), with_log).make();
  if (!made) {
    auto why = made.error();
    why.advice = "the contents of " + folder + " are not a backup";
    return complain(context, why);
  }
  return print_outcome(context, to_json(*made, folder), folder + ": " + summary(*made));
}

// ---- verify ------------------------------------------------------------------------------------

exit_status verify(const command_context& context, const std::string& folder) {
  const auto about = read_backup(folder);
  if (!about) {
    return complain(context, to_answer(about.error()));
  }
  const auto faults = verify_backup(folder, *about);
  if (!faults.empty()) {
    std::string text = fmt::format("{}: {}", folder, count_of(faults.size(), "fault"));
    for (std::size_t i = 0; i < std::min(faults.size(), faults_shown_max); ++i) {
      text += "\n  " + printable(faults[i]);
    }
    return complain(context, {.status = negative, .text = text});
  }
  return print_outcome(context, to_json(*about, folder),
                       folder + " is complete and undamaged: " + summary(*about));
}

// ---- restore -----------------------------------------------------------------------------------

struct restore_choice {
  std::string folder;
  std::string data;
  bool without_queue = false;
  bool with_settings = false;
};

bool is_of_queue(std::string_view path) {
  return path.starts_with("data/spool/") || path == "data/spool.acknowledged";
}

/// Where a file of the backup goes; empty: nowhere.
std::string target_of(const backup_entry& e, const restore_choice& o) {
  if (e.path.starts_with("files/")) return o.with_settings ? e.path.substr(5) : "";
  if (o.without_queue && is_of_queue(e.path)) return {};
  return o.data + e.path.substr(4);
}

bool is_there(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

/// Files outside of the data directory are never replaced; the first that is in the way.
result<void> look_around(const backup_manifest& about, const restore_choice& o) {
  std::error_code failed;
  if (is_there(o.data) && !files::is_empty(o.data, failed)) {
    return fail(errc::conflict, o.data + " is not empty, and nothing is overwritten; move it away");
  }
  for (const auto& e : about.files) {
    const auto to = target_of(e, o);
    if (!to.empty() && e.path.starts_with("files/") && is_there(to)) {
      return fail(errc::conflict, to + " already exists, and nothing is overwritten");
    }
  }
  return {};
}

result<std::uint64_t> put_back(const backup_manifest& about, const restore_choice& o) {
  std::uint64_t count = 0;
  SP_CHECK(make_directories(o.data));
  for (const auto& e : about.files) {
    const auto to = target_of(e, o);
    if (to.empty()) continue;
    const auto parent = files::path(to).parent_path().string();
    SP_CHECK(make_directories(parent));
    SP_TRY(const auto copied, copy_file(o.folder + "/" + e.path, to, e.mode));
    if (copied.sha256 != e.sha256) return fail(errc::corrupt, e.path + " is damaged");
    SP_CHECK(sync_folder(parent));
    ++count;
  }
  return count;
}

// The node's user owns the contents of the data directory.
void give_to_node(const std::string& data, bool was_there) {
  if (::geteuid() != 0) return;
  if (const auto* user = ::getpwnam("signpost"); user != nullptr && !was_there) {
    (void)!::chown(data.c_str(), user->pw_uid, user->pw_gid);
  }
  std::error_code failed;
  for (files::directory_iterator at(data, failed), end; !failed && at != end;
       at.increment(failed)) {
    hand_to_owner(at->path().string());
  }
}

/// What was begun is taken away again: half a data directory must not be started on.
void take_away(const std::string& data) {
  std::error_code ignored;
  for (files::directory_iterator at(data, ignored), end; !ignored && at != end;
       at.increment(ignored)) {
    std::error_code unimportant;
    files::remove_all(at->path(), unimportant);
  }
}

exit_status restore(const command_context& context, restore_choice o) {
  o.folder = files::absolute(o.folder).lexically_normal().string();
  o.data = files::absolute(o.data).lexically_normal().string();
  while (o.data.size() > 1 && o.data.ends_with('/')) o.data.pop_back();
  const auto about = read_backup(o.folder);
  if (!about) return complain(context, to_answer(about.error()));
  if (const auto free = look_around(*about, o); !free) {
    return complain(context, to_answer(free.error()));
  }
  const bool was_there = is_there(o.data);
  const auto count = put_back(*about, o);
  if (!count) {
    take_away(o.data);
    auto why = to_answer(count.error());
    why.status = negative;
    why.advice = "nothing was restored into " + o.data;
    return complain(context, why);
  }
  give_to_node(o.data, was_there);
  if (!o.without_queue) {
    note(context, fmt::format("the queue is from {}; mail delivered since then will be sent again "
                              "(--without-queue leaves the queue out)",
                              printable(about->created)));
  }
  const json result{{"data", o.data}, {"files", *count}, {"queue", !o.without_queue}};
  return print_outcome(context, result,
                       fmt::format("{} restored into {}\n", count_of(*count, "file"), o.data));
}

command create_command() {
  const auto to = std::make_shared<std::string>();
  const auto without_log = std::make_shared<bool>(false);
  return {.name = "create",
          .help = "Back up everything that belongs to the node on this machine",
          .text = backup_create_text,
          .options = {{.name = "--to",
                       .type = "DIR",
                       .help = "The folder for the new backup",
                       .target = to.get(),
                       .required = true,
                       .completes = completion::directory},
                      {.name = "--without-log",
                       .help = "Leave out the activity log",
                       .target = without_log.get()}},
          .run = [to, without_log](const auto& context) {
            return create(context, *to, !*without_log);
          }};
}

command verify_command() {
  const auto folder = std::make_shared<std::string>();
  return {.name = "verify",
          .help = "Check that a backup is complete and undamaged",
          .text = backup_verify_text,
          .options = {{.name = "folder",
                       .type = "DIR",
                       .help = "The folder of the backup",
                       .target = folder.get(),
                       .required = true,
                       .completes = completion::directory}},
          .run = [folder](const auto& context) { return verify(context, *folder); }};
}

command restore_command() {
  const auto o = std::make_shared<restore_choice>();
  return {.name = "restore",
          .help = "Restore a backup into the data directory of a stopped node",
          .text = backup_restore_text,
          .options = {{.name = "folder",
                       .type = "DIR",
                       .help = "The folder of the backup",
                       .target = &o->folder,
                       .required = true,
                       .completes = completion::directory},
                      {.name = "--to",
                       .type = "DATA",
                       .help = "The data directory; it must be empty or not exist",
                       .target = &o->data,
                       .required = true,
                       .completes = completion::directory},
                      {.name = "--without-queue",
                       .help = "Leave out the queue",
                       .target = &o->without_queue},
                      {.name = "--with-settings",
                       .help = "Also restore files outside the data directory",
                       .target = &o->with_settings}},
          .run = [o](const auto& context) { return restore(context, *o); }};
}

}  // namespace

command backup_commands() {
  return {.name = "backup",
          .help = "Back up a node, check a backup, restore it",
          .commands = {create_command(), verify_command(), restore_command()}};
}

}  // namespace signpost::cli
