// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/start_checks.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <tuple>

#include "api/addresses/link.hpp"
#include "apps/signpostd/secret_files.hpp"
#include "base/ip.hpp"
#include "base/text.hpp"
#include "net/dns/unbound_resolver.hpp"

namespace signpost {
namespace {

constexpr std::string_view variable_prefix = "SIGNPOST_";
// Read by the command line, by the programs themselves, and by their tests.
constexpr std::array<std::string_view, 7> other_variables{
    "SIGNPOST_CONFIG",      "SIGNPOST_API_URL", "SIGNPOST_API_TOKEN",
    "SIGNPOST_API_CA_FILE", "SIGNPOST_PROFILE", "SIGNPOST_BUILD_DIR",
    "SIGNPOST_SUITE_DIR"};

// 0, or the errno with which the file cannot be opened.
int open_trouble(const char* path) {
  const int fd = ::open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return errno;
  ::close(fd);
  return 0;
}

// As `user` sees it, which a child becomes: modes, groups, lists and the directories above count.
int open_trouble_of(uid_t user, const std::string& path) {
  if (::geteuid() != 0 || user == 0) return open_trouble(path.c_str());
  const auto* const known = ::getpwuid(user);
  const gid_t group = known == nullptr ? static_cast<gid_t>(user) : known->pw_gid;
  const std::string name = known == nullptr ? std::string() : known->pw_name;
  const pid_t child = ::fork();
  if (child == 0) {
    const int grouped =
        name.empty() ? ::setgroups(0, nullptr) : ::initgroups(name.c_str(), group);
    const bool lost = grouped != 0 || ::setgid(group) != 0 || ::setuid(user) != 0;
    ::_exit(lost ? 0 : open_trouble(path.c_str()));
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return 0;
  return WEXITSTATUS(status);
}

std::string name_of(uid_t user) {
  const auto* const known = ::getpwuid(user);
  return known == nullptr ? fmt::format("user {}", user) : std::string(known->pw_name);
}

void check_readable(const daemon_settings& s, const std::string& settings_path,
                    std::vector<std::string>& faults) {
  const auto user = node_reader(s).user;
  const auto look = [&](std::string_view setting, const std::string& path) {
    if (path.empty()) return;
    const int why = open_trouble_of(user, path);
    if (why != EACCES) return;  // what is not there is told by whoever reads it
    faults.push_back(fmt::format("{0}: {1} cannot be read by {2}, as whom the node runs; see the "
                                 "modes of the file and of the directories above it: namei -l {1}",
                                 setting, path, name_of(user)));
  };
  look("settings", settings_path);
  if (!s.api.from_store()) look("node.zones_file", s.zones_file);
  look("smtp.tls_certificate", s.mail.smtp.tls_certificate);
  look("smtp.tls_key", s.mail.smtp.tls_key);
  look("api.tls_certificate", s.api.tls_certificate);
  look("api.tls_key", s.api.tls_key);
  look("srs.secret_file", s.srs_secret_file);
  look("signing.key_dir", s.mail.signing.key_dir);
}

// `a.example. 300 IN A 192.0.2.1`, as far as libunbound's word on it helps nobody.
std::string resolver_fault(const std::string& said) {
  for (const auto& [begins, setting, form] :
       {std::tuple{"local data", "dns.local_data", "\"mx.corp.example. 300 IN A 10.0.0.1\""},
        std::tuple{"local zone", "dns.local_zones", "corp.example"},
        std::tuple{"forwarder", "dns.forwarders", "192.0.2.53 or 192.0.2.53@5353"},
        std::tuple{"trust anchor", "dns.trust_anchor_file", "/usr/share/dns/root.key"}}) {
    if (said.starts_with(begins)) {
      return fmt::format("{}: {} is not understood; write it like {}", setting,
                         said.substr(0, said.rfind(": ")), form);
    }
  }
  return "dns.*: " + said;
}

void check_forwarders(const daemon_settings& s, std::vector<std::string>& faults) {
  for (const auto& text : s.dns.forwarders) {
    const auto at = text.find('@');
    const auto port = at == std::string::npos ? std::optional<std::uint64_t>(53)
                                              : parse_uint(std::string_view(text).substr(at + 1));
    if (ip_address::parse(text.substr(0, at)) && port && *port > 0 && *port < 65536) continue;
    faults.push_back(fmt::format("dns.forwarders: '{}' is no address; write ADDRESS or "
                                 "ADDRESS@PORT, for example 192.0.2.53",
                                 printable(text, 80)));
  }
}

std::string variable_of(const std::string& setting) {
  auto name = to_upper(setting);
  std::ranges::replace(name, '.', '_');
  return std::string(variable_prefix) + name;
}

// https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
bool is_of_kubernetes(std::string_view name) {
  const auto rest = name.substr(variable_prefix.size());
  const auto has = [&](std::string_view part) { return rest.find(part) != std::string_view::npos; };
  return rest.ends_with("SERVICE_HOST") || has("SERVICE_PORT") || rest == "PORT"
         || has("PORT_") || rest.ends_with("_PORT");
}

}  // namespace

std::vector<std::string> check_start(const daemon_settings& s, const std::string& settings_path) {
  std::vector<std::string> faults;
  check_readable(s, settings_path, faults);
  check_forwarders(s, faults);
  if (!faults.empty()) return faults;
  auto options = s.dns;
  options.threads = 1;
  if (const auto made = net::unbound_resolver::make(std::move(options)); !made) {
    faults.push_back(resolver_fault(made.error().context));
  }
  return faults;
}

std::vector<std::string> warnings_of(const daemon_settings& s) {
  std::vector<std::string> out;
  if (!s.api.from_store()) return out;
  std::vector<endpoint> listens;
  for (const auto& text : s.api.listen) {
    if (const auto where = endpoint::parse(text)) listens.push_back(*where);
  }
  const auto url = public_url_of(s.api, s.host_name, listens);
  if (api::is_loopback_url(url)) {
    out.push_back(fmt::format("api.public_url: the links of verification mails begin with {}, "
                              "which opens nothing on the reader's machine; set it to how readers "
                              "reach the API, for example https://{}",
                              url, s.host_name));
  }
  return out;
}

std::vector<std::string> unknown_variables(
    const std::vector<std::pair<std::string, std::string>>& environment,
    const settings_table& table) {
  std::vector<std::string> out;
  for (const auto& [name, value] : environment) {
    if (!name.starts_with(variable_prefix) || is_of_kubernetes(name)
        || std::ranges::find(other_variables, name) != other_variables.end()) {
      continue;
    }
    std::string near;
    auto best = name.size() / 3 + 1;
    bool known = false;
    for (const auto& row : table.rows()) {
      const auto variable = variable_of(row.name);
      known = known || variable == name;
      const auto distance = edit_distance(variable, name);
      if (distance >= best) continue;
      best = distance;
      near = variable;
    }
    if (known) continue;
    out.push_back(fmt::format("{}: no setting has this name, and it does nothing{}", name,
                              near.empty() ? "" : "; did you mean " + near + "?"));
  }
  return out;
}

}  // namespace signpost
