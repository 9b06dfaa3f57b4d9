// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/dns/unbound_context.hpp"

#include <unbound-event.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace signpost::net {
namespace {

result<void> check(int code, const std::string& what) {
  if (code == 0) return {};
  return fail(errc::malformed, what + ": " + ub_strerror(code));
}

result<void> set(ub_ctx* context, const char* option, const char* value) {
  return check(ub_ctx_set_option(context, option, value), option);
}

/// libunbound's own sizes are those of a small program: 64 questions at once, caches of 4 MB.
result<void> set_sizes(ub_ctx* context, const unbound_options& options) {
  const auto sockets = std::max<std::size_t>(options.sockets_max, 16);
  const auto tcp = std::max<std::size_t>(sockets / 10, 4);
  const auto udp_text = std::to_string(sockets - tcp);
  const auto tcp_text = std::to_string(tcp);
  const std::array<std::pair<const char*, const char*>, 6> sizes{{
      {"num-queries-per-thread:", "4096"},
      {"outgoing-range:", udp_text.c_str()},
      {"outgoing-num-tcp:", tcp_text.c_str()},
      {"msg-cache-size:", "16m"},
      {"rrset-cache-size:", "32m"},
      {"key-cache-size:", "8m"},
  }};
  for (const auto& [option, value] : sizes) SP_CHECK(set(context, option, value));
  return {};
}

result<void> set_servers(ub_ctx* context, const unbound_options& options) {
  const bool forwarding = !options.forwarders.empty() || options.use_resolv_conf;
  // A forwarder on this machine (systemd-resolved, a sidecar) is common and wanted; without
  // forwarders an address of the loopback net in the public DNS is a trap.
  if (forwarding) SP_CHECK(set(context, "do-not-query-localhost:", "no"));
  for (const auto& one : options.forwarders) {
    SP_CHECK(check(ub_ctx_set_fwd(context, one.c_str()), "forwarder " + one));
  }
  if (options.forwarders.empty() && options.use_resolv_conf) {
    SP_CHECK(check(ub_ctx_resolvconf(context, nullptr), "/etc/resolv.conf"));
  }
  return {};
}

result<void> set_validation(ub_ctx* context, const unbound_options& options) {
  const bool has_anchor =
      !options.trust_anchor_file.empty() && ::access(options.trust_anchor_file.c_str(), R_OK) == 0;
  if (options.dnssec == dnssec_mode::required && !has_anchor) {
    return fail(errc::malformed, "trust anchor " + options.trust_anchor_file + ": cannot be read");
  }
  if (options.dnssec == dnssec_mode::off || !has_anchor) {
    return set(context, "module-config:", "iterator");
  }
  if (options.dnssec == dnssec_mode::when_available) {
    SP_CHECK(set(context, "harden-dnssec-stripped:", "no"));
  }
  return check(ub_ctx_add_ta_file(context, options.trust_anchor_file.c_str()),
               "trust anchor " + options.trust_anchor_file);
}

result<void> set_local(ub_ctx* context, const unbound_options& options) {
  for (const auto& zone : options.local_zones) {
    SP_CHECK(check(ub_ctx_zone_add(context, zone.c_str(), "static"), "local zone " + zone));
  }
  for (const auto& data : options.local_data) {
    SP_CHECK(check(ub_ctx_data_add(context, data.c_str()), "local data \"" + data + "\""));
  }
  // Anything local ends the configuration and so finds errors that would else appear with the first
  // question; removing what is not there does so too.
  return check(ub_ctx_data_remove(context, "nothing.invalid."), "configuration");
}

}  // namespace

result<unbound_context> make_unbound_context(event_base* base, const unbound_options& options) {
  unbound_context context(ub_ctx_create_event(base));
  if (!context) return fail(errc::unavailable, "libunbound: cannot create a context");
  SP_CHECK(set_sizes(context.get(), options));
  SP_CHECK(set_servers(context.get(), options));
  SP_CHECK(set_validation(context.get(), options));
  SP_CHECK(set_local(context.get(), options));
  return context;
}

}  // namespace signpost::net
