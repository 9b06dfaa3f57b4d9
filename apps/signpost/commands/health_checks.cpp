// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/commands/health_checks.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "apps/signpost/terminal/display_text.hpp"
#include "apps/signpostd/secret_files.hpp"
#include "apps/signpostd/start_checks.hpp"
#include "base/text.hpp"
#include "net/socket/socket_address.hpp"
#include "net/tls/certificate.hpp"
#include "net/tls/tls_context.hpp"

namespace signpost::cli {
namespace {

constexpr int connect_patience_ms = 3000;
constexpr std::size_t greeting_octets_max = 512;
/// With less than so many times the space at which mail is refused, somebody should look.
constexpr std::uint64_t free_space_comfort = 4;
constexpr unsigned free_inodes_percent_min = 2;
/// A certificate should have been renewed by now.
constexpr auto renewal_time = std::chrono::days(14);

bool wait_for(int fd, short events) {
  pollfd one{.fd = fd, .events = events, .revents = 0};
  return ::poll(&one, 1, connect_patience_ms) == 1;
}

// Where a listener on every address can be reached from here.
endpoint reachable(endpoint at) {
  if (!at.address.is_unspecified()) return at;
  const auto loopback = ip_address::parse(at.address.is_v4() ? "127.0.0.1" : "::1");
  if (loopback) at.address = *loopback;
  return at;
}

// Connected within the patience; the socket then.
result<net::unique_fd> connected(const endpoint& at) {
  const net::socket_address where(at);
  SP_TRY(auto fd, net::make_tcp_socket(at.address));
  if (::connect(fd.get(), where.get(), where.size) != 0 && errno != EINPROGRESS) {
    return fail(errc::unavailable, net::errno_text(errno));
  }
  if (!wait_for(fd.get(), POLLOUT)) return fail(errc::unavailable, "no answer in time");
  int why = 0;
  socklen_t size = sizeof why;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &why, &size) != 0 || why != 0) {
    return fail(errc::unavailable, net::errno_text(why));
  }
  return fd;
}

/// What the server says first; empty if it waits for us (`wants_greeting` false).
result<std::string> greeting_of(const endpoint& at, bool wants_greeting) {
  SP_TRY(const auto fd, connected(reachable(at)));
  if (!wants_greeting) return std::string();
  std::array<char, greeting_octets_max> text{};
  if (!wait_for(fd.get(), POLLIN)) return fail(errc::unavailable, "it sends nothing");
  const auto got = ::read(fd.get(), text.data(), text.size());
  if (got <= 0) return fail(errc::unavailable, "it closes the connection");
  return std::string(trim(std::string_view(text.data(), static_cast<std::size_t>(got))));
}

findings check_space(const daemon_settings& s) {
  struct statvfs disk {};
  if (::statvfs(s.data_dir.c_str(), &disk) != 0) return {};
  const auto free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  const auto min = volume_plan_of(s).free_octets_min;
  const auto text = fmt::format("{} free in {}", short_size(free), s.data_dir);
  if (free < min) {
    return {{health::fail, "disk space", text,
             fmt::format("below storage.free_space_min ({}) no mail is accepted; free some space",
                         format_octets({min}))}};
  }
  if (free < min * free_space_comfort) {
    return {{health::warn, "disk space", text,
             fmt::format("below {} no mail is accepted", format_octets({min}))}};
  }
  if (disk.f_files > 0 && disk.f_favail * 100 < disk.f_files * free_inodes_percent_min) {
    return {{health::warn, "disk space", "only few inodes are left in " + s.data_dir,
             "remove files, or recreate the file system with more inodes"}};
  }
  return {{health::ok, "disk space", text}};
}

void check_port(findings& out, std::string_view what, const std::string& listen, bool greets) {
  const auto at = endpoint::parse(listen);
  if (!at) return;  // the settings' own mistake
  const auto said = greeting_of(*at, greets);
  const auto name = fmt::format("{} {}", what, listen);
  if (!said) {
    out.push_back(
        {health::fail, "port", fmt::format("{}: {}", name, said.error().context),
         "check that signpostd is running; another program or a firewall may also be in the way"});
  } else if (greets && !said->starts_with("220")) {
    out.push_back({health::warn, "port", fmt::format("{} says {}", name, printable(*said, 100)),
                   "it accepts no mail at present; see signpost status"});
  } else {
    out.push_back({health::ok, "port", name + " answers"});
  }
}

}  // namespace

result<void> try_connection(const endpoint& at) {
  SP_CHECK(connected(at));
  return {};
}

findings check_settings(const command_context& context) {
  findings out;
  const auto advice = std::string("to find the mistake, run: signpost config check");
  for (const auto& mistake : context.settings.mistakes()) {
    out.push_back({health::fail, "settings", mistake, advice});
  }
  // What was written wrongly is still at its default: complaints about that would mislead.
  if (out.empty()) {
    for (const auto& fault : check(context.settings.values())) {
      out.push_back({health::fail, "settings", fault, advice});
    }
  }
  if (!out.empty()) return out;
  const auto path = context.settings.path();
  if (path.empty()) {
    out.push_back({health::warn, "settings",
                   "no settings file was found at " + effective_settings::places(),
                   "create /etc/signpost/signpost.yaml, or give one with --config"});
  } else {
    out.push_back({health::ok, "settings",
                   fmt::format("{}, {}", path, count_of(context.settings.set_count(), "setting"))});
  }
  for (const auto& fault : check_start(context.settings.values(), path)) {
    out.push_back({health::fail, "settings", fault, "the node does not start so"});
  }
  const auto warn = [&](const char* check, const std::vector<std::string>& texts) {
    for (const auto& text : texts) out.push_back({health::warn, check, text});
  };
  warn("settings", context.settings.warnings());
  warn("environment", unknown_variables(context.environment, context.settings.table()));
  warn("links", warnings_of(context.settings.values()));
  return out;
}

findings check_data_directory(const daemon_settings& s) {
  struct stat about {};
  if (::stat(s.data_dir.c_str(), &about) != 0) {
    const int why = errno;
    return {{health::fail, "data directory",
             fmt::format("{}: {}", s.data_dir, net::errno_text(why)),
             why == EACCES ? "run this as root, or as the user of the node"
                           : "the node creates it when it starts; see node.data_dir"}};
  }
  findings out;
  if (const auto own = check_secret_directory(s.data_dir, node_reader(s)); !own) {
    out.push_back({health::fail, "data directory", printable(own.error().context),
                   "chmod 0700 " + s.data_dir});
  } else {
    out.push_back({health::ok, "data directory", s.data_dir + " is only accessible to its owner"});
  }
  for (auto& one : check_space(s)) out.push_back(std::move(one));
  return out;
}

findings check_secrets(const daemon_settings& s) {
  findings out;
  for (const auto& fault : check_secret_files(s)) {
    out.push_back(
        {health::fail, "secrets", printable(fault),
         "until this is fixed, the node does not start, or keeps using what it read before"});
  }
  if (out.empty()) out.push_back({health::ok, "secrets", "only their owner can read them"});
  return out;
}

findings check_certificate(const daemon_settings& s, wall_time now) {
  const auto& smtp = s.mail.smtp;
  if (smtp.tls_certificate.empty()) {
    return {{health::warn, "certificate",
             "the node uses a self-signed one, which nobody can verify",
             "get one for node.host_name and set smtp.tls_certificate and smtp.tls_key"}};
  }
  const auto loaded = net::tls_server_context::load(
      {.certificate = smtp.tls_certificate, .key = smtp.tls_key}, {}, node_reader(s));
  const auto ends = net::certificate_expiry(smtp.tls_certificate);
  if (!loaded || !ends) {
    const auto& why = loaded ? ends.error() : loaded.error();
    return {{health::fail, "certificate", printable(why.context),
             "TLS is not available to senders; correct smtp.tls_certificate and smtp.tls_key"}};
  }
  const auto text = fmt::format("{} expires on {} ({})", smtp.tls_certificate,
                                to_rfc3339(*ends).substr(0, 10), relative(*ends, now));
  const auto advice = std::string("renew it; the node picks up a new file by itself");
  if (*ends <= now) return {{health::fail, "certificate", text, advice}};
  if (*ends - now < renewal_time) return {{health::warn, "certificate", text, advice}};
  return {{health::ok, "certificate", text}};
}

findings check_clock() {
  timex state{};
  const int how = ::adjtimex(&state);
  if (how == TIME_ERROR || (static_cast<unsigned>(state.status) & STA_UNSYNC) != 0) {
    return {
        {health::warn, "clock", "it is not synchronized",
         "run an NTP client (systemd-timesyncd, chrony): signatures and links depend on the time"}};
  }
  return {{health::ok, "clock", "it is synchronized"}};
}

findings check_first_token(const daemon_settings& s) {
  if (!s.api.from_store()) return {};
  const auto path = admin_token_path(s);
  struct stat about {};
  if (::lstat(path.c_str(), &about) != 0) {
    return {{health::ok, "first token", "its file has been removed"}};
  }
  return {{health::warn, "first token", path + " still exists",
           "store the token in a safe place (signpost profile add) and remove the file"}};
}

findings check_ports(const daemon_settings& s) {
  findings out;
  for (const auto& listen : s.mail.smtp.listen) check_port(out, "SMTP", listen, true);
  if (s.api.from_store()) {
    for (const auto& listen : s.api.listen) check_port(out, "API", listen, false);
  }
  if (!s.monitoring_listen.empty()) check_port(out, "monitoring", s.monitoring_listen, false);
  return out;
}

}  // namespace signpost::cli
