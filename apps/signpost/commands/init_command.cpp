// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// From nothing to a node that can be started. Only what is missing is made: a second run finds all
// of it and prints the records again.
#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "actors/settings.hpp"
#include "apps/config/dkim_keys.hpp"
#include "apps/config/private_files.hpp"
#include "apps/config/zones_file.hpp"
#include "apps/signpost/client/session.hpp"
#include "apps/signpost/commands/health_checks.hpp"
#include "base/file_descriptor.hpp"
#include "base/text.hpp"
#include "base/whole_file.hpp"
#include "proto/address/domain.hpp"
#include "proto/address/mailbox.hpp"
#include "proto/dkim/signer.hpp"

namespace signpost::cli {
namespace {

namespace files = std::filesystem;

constexpr const char* init_text = R"(
Sets up the node of this machine:
  1. the settings file (--config, $SIGNPOST_CONFIG, or /etc/signpost/signpost.yaml);
  2. the zones file beside it, with the zone if one is given; with --store there is none, and zones
     are created through the API;
  3. the data directory; if root runs this, it belongs to the user `signpost`;
  4. the key that signs mail (DKIM) and seals it (ARC), once the node sees its record in the DNS.
Then it prints the DNS records to publish, as lines of a zone file, and what to do next. The node
creates the rest (SRS secrets, a certificate) at its first start.

Existing files are never changed. What exists is kept, and only what is missing is created, so the
command may be repeated, for example to see the records again. If an existing file says something
else than the options, nothing is created, and the status is 1.

Examples:
  signpost init --host-name mx1.example.org --postmaster you@example.net --zone example.org
  signpost init --host-name mx1.example.org --postmaster you@example.net --store
  signpost init
)";

constexpr const char* service_user = "signpost";
constexpr mode_t settings_file_mode = 0644;
/// Zones whose records are printed.
constexpr std::size_t zones_shown_max = 20;

struct init_options {
  std::string host_name;
  std::vector<std::string> postmaster;
  std::string zone;
  std::vector<std::string> forward;
  bool store = false;
};

struct dns_line {
  std::string name;
  std::string type;
  std::string value;
  std::string note = {};
};

/// Files for everybody's eyes, whatever the shell of root has set.
class open_umask {
 public:
  open_umask() : before_(::umask(S_IWGRP | S_IWOTH)) {}
  open_umask(const open_umask&) = delete;
  open_umask& operator=(const open_umask&) = delete;
  ~open_umask() { ::umask(before_); }

 private:
  mode_t before_;
};

// As YAML takes it, whatever is in it.
std::string in_quotes(const std::string& text) {
  return json(text).dump();
}

std::string flow_list(const std::vector<std::string>& all) {
  std::string out;
  for (const auto& one : all) out += (out.empty() ? "" : ", ") + in_quotes(one);
  return "[" + out + "]";
}

answer<void> canonical_domain(std::string& name) {
  if (name.empty()) return {};
  const auto parsed = address::domain::parse(name);
  if (!parsed) {
    return refuse(wrong_usage, fmt::format("'{}' is not a domain name ({})", printable(name, 80),
                                           parsed.error().context));
  }
  name = parsed->ascii();
  return {};
}

answer<void> check_mailboxes(const std::vector<std::string>& all) {
  for (const auto& one : all) {
    const auto parsed = address::mailbox::parse(one);
    if (parsed && !parsed->host().empty()) continue;
    return refuse(wrong_usage, fmt::format("'{}' is not an e-mail address", printable(one, 80)));
  }
  return {};
}

bool same_mailboxes(std::vector<std::string> a, std::vector<std::string> b) {
  for (auto* list : {&a, &b}) {
    for (auto& one : *list) one = to_lower(one);
    std::ranges::sort(*list);
  }
  return a == b;
}

class node_set_up {
 public:
  node_set_up(const command_context& context, init_options o)
      : context_(context), o_(std::move(o)), path_(context.settings.path()) {
    if (path_.empty()) path_ = installed_settings_path;
  }

  // Everything that can be refused is looked at before anything is made.
  answer<void> run() {
    SP_CHECK(canonical_domain(o_.host_name));
    SP_CHECK(canonical_domain(o_.zone));
    SP_CHECK(check_mailboxes(o_.postmaster));
    SP_CHECK(check_mailboxes(o_.forward));
    SP_CHECK(file_exists(path_) ? compare_settings() : check_new_settings());
    SP_CHECK(compare_zones());
    const open_umask for_all;
    SP_CHECK(make_file(path_, settings_text()));
    settings_.emplace(settings_choice{.config = path_, .data_dir = {}, .zones = {}},
                      context_.environment);
    if (!settings_->mistakes().empty()) {
      return refuse(wrong_usage, settings_->mistakes().front());
    }
    if (!values().api.from_store()) SP_CHECK(make_file(values().zones_file, zones_text()));
    SP_CHECK(make_data_directory());
    return make_key();
  }

  exit_status tell() const {
    const auto records = dns_lines();
    if (context_.json) {
      auto rows = json::array();
      for (const auto& r : records) {
        rows.push_back({{"name", r.name}, {"type", r.type}, {"value", r.value}});
      }
      return print_json(context_, {{"created", made_}, {"kept", kept_}, {"records", rows}});
    }
    std::string text;
    for (const auto& one : made_) text += "created  " + one + "\n";
    for (const auto& one : kept_) text += "kept     " + one + "\n";
    text += "\n; Publish these DNS records, the MX last: from then on mail comes here.\n";
    for (const auto& r : records) {
      text += fmt::format("{} IN {} {}{}\n", r.name, r.type, r.value,
                          r.note.empty() ? "" : "  ; " + r.note);
    }
    context_.to.out(text + next_steps());
    return done;
  }

 private:
  [[nodiscard]] const daemon_settings& values() const { return settings_->values(); }

  [[nodiscard]] tl::unexpected<no_answer> differs(const std::string& what) const {
    return refuse(negative, what + "; nothing was changed",
                  "edit the file, or leave the option out: what exists is never overwritten");
  }

  answer<void> check_new_settings() const {
    if (o_.host_name.empty()) {
      return refuse(wrong_usage,
                    fmt::format("there is no {} yet, and the host name is missing", path_),
                    "add --host-name, the name in the PTR record of this machine's address");
    }
    if (o_.postmaster.empty()) {
      return refuse(wrong_usage, "the postmaster is missing",
                    "add --postmaster, a mailbox that somebody reads");
    }
    return {};
  }

  answer<void> compare_settings() const {
    const effective_settings there({.config = path_, .data_dir = {}, .zones = {}},
                                   context_.environment);
    if (!there.mistakes().empty()) return refuse(wrong_usage, there.mistakes().front());
    const auto& s = there.values();
    if (!o_.host_name.empty() && !equals_ignoring_case(o_.host_name, s.host_name)) {
      return differs(fmt::format("{} has node.host_name: {}", path_, printable(s.host_name)));
    }
    if (!o_.postmaster.empty() && !same_mailboxes(o_.postmaster, s.postmaster)) {
      return differs(fmt::format("{} has node.postmaster: {}", path_,
                                 printable(fmt::format("{}", fmt::join(s.postmaster, ", ")))));
    }
    const auto& given = context_.settings.values().data_dir;
    if (context_.settings.source("node.data_dir") == "command line"
        && files::absolute(given) != files::absolute(s.data_dir)) {
      return differs(fmt::format("{} has node.data_dir: {}", path_, printable(s.data_dir)));
    }
    if (o_.store && !s.api.from_store()) {
      return differs(fmt::format("{} has config.source: file", path_));
    }
    if (!o_.zone.empty() && s.api.from_store()) {
      return refuse(negative,
                    fmt::format("{} has config.source: store; nothing was changed", path_),
                    fmt::format("start the node, then: signpost zone create {}", o_.zone));
    }
    return {};
  }

  // Where the settings will look for it.
  [[nodiscard]] std::string zones_path() const {
    const auto& now = context_.settings;
    if (file_exists(path_) || now.source("node.zones_file") != "default") {
      return now.values().zones_file;
    }
    return path_ == installed_settings_path ? now.values().zones_file
                                            : beside("zones.yaml");
  }
  [[nodiscard]] std::string beside(const char* name) const {
    return (files::absolute(path_).parent_path() / name).lexically_normal().string();
  }

  answer<void> compare_zones() const {
    if (o_.store || o_.zone.empty() || !file_exists(zones_path())) return {};
    const auto zones = config::load_zones(zones_path());
    if (!zones) return refuse(wrong_usage, zones.error().context);
    const auto there = std::ranges::find_if(
        *zones, [&](const model::zone& z) { return z.name.ascii() == o_.zone; });
    if (there == zones->end()) {
      return differs(fmt::format("{} does not have the zone {}", zones_path(), o_.zone));
    }
    if (o_.forward.empty() || same_mailboxes(o_.forward, forwards_of(there->apex_catch_all))) {
      return {};
    }
    return differs(fmt::format("{} has another catch-all for {}", zones_path(), o_.zone));
  }

  // Empty for a catch-all that does something else, or nothing.
  static std::vector<std::string> forwards_of(const model::catch_all& rest) {
    std::vector<std::string> out;
    if (!rest.enabled || rest.action.kind != model::action_kind::forward) return out;
    for (const auto& one : rest.action.destinations) out.push_back(one.to_string());
    return out;
  }

  [[nodiscard]] std::string settings_text() const {
    std::string text =
        "# The settings of this node. Only values that differ from the defaults are needed.\n"
        "# `signpost config reference` prints all settings, `signpost config check` finds "
        "mistakes.\n\nnode:\n";
    text += fmt::format("  host_name: {}  # the name in the PTR record of this machine's address\n",
                        o_.host_name);
    text += fmt::format("  postmaster: {}  # a mailbox that somebody reads\n",
                        flow_list(o_.postmaster));
    if (const auto zones = zones_path(); zones != daemon_settings().zones_file && !o_.store) {
      text += fmt::format("  zones_file: {}\n", in_quotes(zones));
    }
    const auto& data = context_.settings.values().data_dir;
    if (data != daemon_settings().data_dir) {
      text += fmt::format("  data_dir: {}\n", in_quotes(files::absolute(data).string()));
    }
    text +=
        "\nsmtp:\n  listen: [\"0.0.0.0:25\", \"[::]:25\"]\n"
        "  # Without a certificate, the node creates a self-signed one.\n"
        "  # tls_certificate: /etc/signpost/mx1.crt\n  # tls_key: /etc/signpost/mx1.key\n";
    if (o_.store) text += "\nconfig:\n  source: store\n";
    return text;
  }

  [[nodiscard]] std::string zones_text() const {
    std::string text =
        "# The zones of this node. The node applies changes by itself; a file with a mistake\n"
        "# changes nothing. `signpost config check` finds mistakes.\n\n";
    if (o_.zone.empty()) {
      return text
             + "zones: []\n# It is intended that there is no zone yet; remove this with the first "
               "one.\nallow_empty: true\n";
    }
    text += fmt::format("zones:\n  - name: {}\n    subaddressing: true\n", in_quotes(o_.zone));
    text +=
        "    # rules:\n    #   - address: info\n"
        "    #     forward: [alice@gmail.example, bob@outlook.example]\n";
    if (o_.forward.empty()) return text;
    return text + fmt::format("    catch_all:\n      forward: {}\n", flow_list(o_.forward));
  }

  answer<void> make_file(const std::string& path, const std::string& text) {
    if (file_exists(path)) {
      kept_.push_back(path);
      return {};
    }
    const auto folder = folder_of(path);
    if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) {
      return refuse(wrong_usage, file_error(folder, errno).context);
    }
    const auto written = write_whole_file(
        path, text, {.existing = existing_file::kept, .mode = settings_file_mode});
    if (!written) return refuse(wrong_usage, written.error().context);
    made_.push_back(path);
    return {};
  }

  answer<void> make_data_directory() {
    const auto& path = values().data_dir;
    if (file_exists(path)) {
      kept_.push_back(path);
      // What an earlier run began.
      std::error_code unknown;
      return files::is_empty(path, unknown) && !unknown ? give_to_service(path) : answer<void>();
    }
    if (auto made = config::make_private_directory(path); !made) {
      return refuse(wrong_usage, made.error().context);
    }
    made_.push_back(path);
    return give_to_service(path);
  }

  // By its descriptor, and only what is root's: where others may write the folder above, the name
  // may lead to something else by now.
  answer<void> give_to_service(const std::string& path) const {
    if (::geteuid() != 0) return {};
    const auto* const user = ::getpwnam(service_user);
    if (user == nullptr) {
      note(context_, fmt::format("there is no user {0}, so {1} belongs to root; for the unit, run "
                                 "systemd-sysusers, then: chown -R {0}: {1}",
                                 service_user, path));
      return {};
    }
    const file_descriptor folder(
        ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat about {};
    if (!folder.open() || ::fstat(folder.get(), &about) != 0) {
      return refuse(wrong_usage, file_error(path, errno).context);
    }
    if (about.st_uid != 0) return {};
    if (::fchown(folder.get(), user->pw_uid, user->pw_gid) != 0) {
      return refuse(wrong_usage, file_error(path, errno).context);
    }
    return {};
  }

  // As the node would at its first start.
  answer<void> make_key() {
    const auto& s = values();
    const auto domain =
        address::domain::parse(actors::service_domain_of(s.mail.signing, s.host_name));
    const bool wanted = s.mail.signing.enabled && s.make_signing_key;
    if (!domain || domain->ascii().find('.') == std::string::npos) return {};
    config::dkim_keys keys(dkim_directory(s));
    auto there = keys.list(domain->ascii());
    if (!there) return refuse(wrong_usage, there.error().context);
    if (there->empty() && wanted && s.mail.signing.key_dir.empty()) {
      auto made = keys.generate(domain->ascii(), {.when_seen = true, .first = true},
                                context_.to.time.now());
      if (!made) return refuse(wrong_usage, made.error().context);
      made_.push_back("the key " + made->record_name());
      keys_.push_back(std::move(*made));
      return {};
    }
    for (auto& key : *there) {
      if (key.state == config::dkim_key_state::retired) continue;
      kept_.push_back("the key " + key.record_name());
      keys_.push_back(std::move(key));
    }
    return {};
  }

  [[nodiscard]] std::vector<dns_line> dns_lines() const {
    const auto& s = values();
    const auto host = s.host_name + ".";
    std::vector<dns_line> out;
    for (const auto& address : sending_addresses(s)) {
      out.push_back({host, address.is_v4() ? "A" : "AAAA", address.to_string()});
      out.push_back({address.reverse_name() + ".", "PTR", host, "set at your provider"});
    }
    if (out.empty()) {
      out.push_back({"; " + host, "A", "ADDRESS",
                     "this machine has no public address itself: the one that leads to it, with "
                     "its PTR record"});
    }
    out.push_back({host, "TXT", "\"v=spf1 a -all\""});
    for (const auto& key : keys_) {
      out.push_back({key.record_name() + ".", "TXT",
                     dns_strings(dkim::key_record_text(key.key->public_half()))});
    }
    add_zones(out);
    return out;
  }

  void add_zones(std::vector<dns_line>& out) const {
    const auto& s = values();
    if (s.api.from_store()) return;
    const auto zones = config::load_zones(s.zones_file);
    if (!zones) return;
    std::size_t shown = 0;
    for (const auto& zone : *zones) {
      if (++shown > zones_shown_max) break;
      const auto name = zone.name.ascii() + ".";
      out.push_back({name, "TXT", fmt::format("\"v=spf1 a:{} ~all\"", s.host_name),
                     "beside other senders of yours"});
      out.push_back({name, "MX", "10 " + s.host_name + "."});
    }
  }

  // RFC 1035 §3.3: a string has at most 255 octets.
  static std::string dns_strings(const std::string& value) {
    constexpr std::size_t string_max = 255;
    std::string out = "(";
    for (std::size_t at = 0; at < value.size(); at += string_max) {
      out += " \"" + value.substr(at, string_max) + "\"";
    }
    return out + " )";
  }

  [[nodiscard]] std::string next_steps() const {
    const bool installed = path_ == installed_settings_path;
    const auto option = installed ? std::string() : " --config " + path_;
    std::string text = "\nNext:\n";
    if (!values().api.from_store()) text += "  edit " + values().zones_file + "\n";
    text += "  signpost" + option + " config check\n  ";
    text += installed ? "systemctl enable --now signpostd" : "signpostd" + option;
    if (values().api.from_store()) {
      text += "\n  signpost" + option + " zone create ZONE --enable";
      text += "\n  signpost" + option + " dns show ZONE";
    }
    return text + "\n  signpost" + option + " doctor\n";
  }

  const command_context& context_;
  init_options o_;
  std::string path_;
  std::optional<effective_settings> settings_;
  std::vector<std::string> made_;
  std::vector<std::string> kept_;
  std::vector<config::dkim_key> keys_;
};

exit_status init(const command_context& context, const init_options& o) {
  node_set_up work(context, o);
  if (const auto done = work.run(); !done) return complain(context, done.error());
  return work.tell();
}

}  // namespace

command init_command() {
  const auto o = std::make_shared<init_options>();
  return {.name = "init",
          .help = "Set up the node of this machine: settings, zones, data directory, key, records",
          .text = init_text,
          .options = {{.name = "--host-name",
                       .type = "NAME",
                       .help = "The name in the PTR record of this machine's address",
                       .target = &o->host_name},
                      {.name = "--postmaster",
                       .type = "ADDRESS",
                       .help = "A mailbox that somebody reads",
                       .target = &o->postmaster},
                      {.name = "--store",
                       .help = "Zones are kept in the node's store and changed through its API",
                       .target = &o->store},
                      {.name = "--zone",
                       .type = "DOMAIN",
                       .help = "The first domain of the zones file",
                       .target = &o->zone,
                       .excludes = {"--store"}},
                      {.name = "--forward",
                       .type = "ADDRESS",
                       .help = "Where its mail goes until there are rules (catch-all)",
                       .target = &o->forward,
                       .needs = {"--zone"}}},
          .run = [o](const auto& context) { return init(context, *o); }};
}

}  // namespace signpost::cli
