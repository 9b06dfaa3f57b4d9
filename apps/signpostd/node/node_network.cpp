// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What a node has to do with the network: certificate, resolver, client of webhooks, event loops.
#include <algorithm>
#include <utility>

#include "actors/delivery/web_poster.hpp"
#include "apps/signpostd/data_directory.hpp"
#include "apps/signpostd/node/node_parts.hpp"
#include "apps/signpostd/version.hpp"
#include "net/dns/unbound_resolver.hpp"

namespace signpost {
namespace {

result<void> load_certificate(node_parts& parts) {
  const auto& settings = *parts.settings;
  SP_TRY(auto files, prepare_certificate(settings));
  const auto suites = settings.mail.smtp.tls_suites == "modern" ? net::tls_suites::modern
                                                                : net::tls_suites::compatible;
  SP_TRY(parts.certificate, net::tls_server_context::load(std::move(files), {.suites = suites}));
  return {};
}

result<void> make_resolver(node_parts& parts) {
  const auto& settings = *parts.settings;
  auto dns = settings.dns;
  dns.threads = static_cast<std::size_t>(settings.dns_threads);
  dns.sockets_max = settings.descriptors.dns_sockets;
  SP_TRY(parts.resolver, net::unbound_resolver::make(std::move(dns)));
  return {};
}

result<void> make_web_client(node_parts& parts) {
  const auto& settings = *parts.settings;
  const auto& webhook = settings.mail.webhook;
  auto posting = actors::web_client_options_of(
      webhook, "Signpost/" + std::string(program_version));
  posting.active_max = std::min(posting.active_max, settings.descriptors.webhooks);
  SP_TRY(parts.web_client, net::web_client::make(std::move(posting)));
  parts.webhooks = std::make_unique<actors::web_poster>(*parts.web_client, webhook);
  return {};
}

result<void> start_loops(node_parts& parts) {
  SP_TRY(const auto trust, net::tls_client_context::make());
  for (std::size_t i = 0; i < loop_count_of(*parts.settings); ++i) {
    parts.loops.push_back(std::make_unique<net::event_loop_thread>(
        net::event_loop_options{.name = "io-" + std::to_string(i),
                                .tls_server = parts.certificate,
                                .tls_client = trust,
                                .outgoing = &parts.descriptors->outgoing}));
  }
  return {};
}

std::unique_ptr<net::event_loop_thread> plain_loop(const char* name) {
  return std::make_unique<net::event_loop_thread>(net::event_loop_options{.name = name});
}

}  // namespace

result<void> open_network(node_parts& parts) {
  if (parts.certificate == nullptr) SP_CHECK(load_certificate(parts));
  if (parts.resolver == nullptr) SP_CHECK(make_resolver(parts));
  if (parts.webhooks == nullptr) SP_CHECK(make_web_client(parts));
  if (parts.loops.empty()) SP_CHECK(start_loops(parts));
  if (parts.http_loop == nullptr) parts.http_loop = plain_loop("http");
  // A loop of its own: a health check does not wait for other requests.
  if (parts.health_loop == nullptr) parts.health_loop = plain_loop("health");
  return {};
}

}  // namespace signpost
