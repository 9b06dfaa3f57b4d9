// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/api_settings.hpp"

#include <algorithm>

#include "base/ip.hpp"
#include "base/text.hpp"
#include "proto/address/domain.hpp"

namespace signpost {
namespace {

void declare_service(settings_table& t, api_settings& s) {
  t.add("config.source", s.config_source,
        {.help = "Where zones and rules come from. file: node.zones_file. store: the control "
                 "plane's store in the data directory, changed over the API; then the zones file "
                 "is not read."});
  t.add("api.listen", s.listen,
        {.help = "Addresses and ports of the client API, for example 127.0.0.1:9980. Empty: it is "
                 "reached over the control socket alone. With config.source file nothing listens "
                 "here."});
  t.add("api.tls_certificate", s.tls_certificate,
        {.help = "PEM file with the certificate chain of the API; looked at again when it changes. "
                 "Empty: plain HTTP, on loopback addresses only."});
  t.add("api.tls_key", s.tls_key, {.help = "PEM file with the private key of the certificate."});
  t.add("api.allow_plaintext", s.allow_plaintext,
        {.help = "Plain HTTP on other addresses as well: for a proxy in front that ends TLS. "
                 "Tokens travel readable."});
  t.add("api.public_url", s.public_url,
        {.help = "How the API is reached from outside, without a slash at the end: the links of "
                 "verification mails begin so. Empty: made from the first address of api.listen."});
  t.add("api.cors_origins", s.cors_origins,
        {.help = "Origins whose pages browsers may let use the API, for example "
                 "https://dash.example. Empty: none."});
  t.add("api.trusted_proxies", s.trusted_proxies,
        {.help = "Networks of proxies in front, for example 10.0.0.0/8: of requests from there "
                 "X-Forwarded-For names the client, read from the right past these networks. It "
                 "counts for limits, for the addresses that tokens are bound to, and in the audit "
                 "log. Empty: nobody is believed."});
  t.add("api.hsts_max_age", s.hsts_max_age,
        {.min = "0s",
         .max = "36500d",
         .help = "With TLS: how long browsers keep to it (Strict-Transport-Security). 0s: the "
                 "field is not sent."});
  t.add("api.threads", s.threads,
        {.min = "1",
         .max = "256",
         .help = "Requests that are worked on at once. One token, and the tokens of one account, "
                 "hold three quarters of them at most."});
  t.add("api.dns_threads", s.dns_threads,
        {.min = "1",
         .max = "256",
         .help = "Requests that wait for the DNS at once, beside api.threads and shared in the "
                 "same way."});
  t.add("api.spf_mechanism", s.spf_mechanism,
        {.help = "What the SPF record of a zone must have, for example include:spf.example.net. "
                 "Empty: a: and the host name."});
  t.add("api.admin_token_file", s.admin_token_file,
        {.help = "Where the first administrator's token is written at the first start, owner-only. "
                 "Empty: admin-token in the data directory."});
  t.add("api.audit_retention", s.audit_retention,
        {.min = "1d", .max = "36500d", .help = "How long the audit log is kept."});
  t.add("api.audit_refusals_retention", s.audit_refusals_retention,
        {.min = "1h",
         .max = "36500d",
         .help = "How long attempts that were refused are kept in the audit log, if that is "
                 "shorter."});
}

void declare_http(settings_table& t, api_settings& s) {
  t.add("api.connections_max", s.connections_max,
        {.min = "1", .max = "1000000", .help = "Connections to api.listen at once; beyond: 503."});
  t.add("api.connections_per_client_max", s.connections_per_client_max,
        {.min = "0",
         .max = "1000000",
         .help = "Of one client: an IPv4 address, an IPv6 network of 64 bits. Trusted proxies "
                 "have no such limit. 0: no cap."});
  t.add("api.new_connections_per_minute_max", s.new_connections_per_minute_max,
        {.min = "0",
         .max = "1000000000",
         .help = "New connections of one client in a minute, eight times as many of the network "
                 "around it; beyond: 503, in TLS closed without a handshake. 0: no cap."});
  t.add("api.requests_per_connection_max", s.requests_per_connection_max,
        {.min = "0",
         .max = "1000000000",
         .help = "Then a connection is closed behind the answer. 0: never."});
  t.add("api.memory_max", s.memory_max,
        {.min = "1MiB",
         .max = "64GiB",
         .help = "What all requests and their answers may hold until they are sent; beyond: 503."});
  t.add("api.memory_per_client_max", s.memory_per_client_max,
        {.min = "1MiB", .max = "64GiB", .help = "What those of one client may hold of it."});
  t.add("api.answer_timeout", s.answer_timeout,
        {.min = "1s",
         .max = "1h",
         .help = "How long an answer may take, here and at the control socket: then 503, and a "
                 "change may have been made or not."});
  t.add("api.request_timeout", s.request_timeout,
        {.min = "1s",
         .max = "1h",
         .help = "From a request's first octet to its last, however fast they come."});
  t.add("api.idle_timeout", s.idle_timeout,
        {.min = "1s", .max = "1h", .help = "Silence between requests, and before the first one."});
  t.add("api.send_timeout", s.send_timeout,
        {.min = "1s",
         .max = "1h",
         .help = "A client must take 32 KiB of an answer, or the rest of it, in so long."});
}

void declare_mails(settings_table& t, api_settings& s) {
  const auto add = [&](const char* name, std::int64_t& target, const char* help) {
    t.add(name, target, {.min = "0", .max = "1000000000", .help = help});
  };
  add("api.verification_mails_per_mailbox_max", s.mails_per_mailbox_max,
      "Verification mails to one mailbox in a day, whoever asks and however it is spelled. 0: no "
      "cap.");
  add("api.verification_mails_per_domain_max", s.mails_per_domain_max,
      "To one domain in a day; to all names below a domain together ten times as many. 0: no cap.");
  add("api.verification_mails_per_account_max", s.mails_per_account_max,
      "For one account in a day. 0: no cap.");
  add("api.verification_mails_per_token_max", s.mails_per_token_max,
      "That one token may ask for in a day; the operator's own is not counted. 0: no cap.");
  add("api.verification_mails_max", s.mails_max, "Of the node in a day. 0: no cap.");
  t.add("api.verification_mail_delimiters", s.mail_delimiters,
        {.help = "Characters behind which a local part is a subaddress, for the limit of a "
                 "mailbox: with +, ann+1 and ann+2 are one. Those of a host that uses another one "
                 "can be added."});
}

void declare_limits(settings_table& t, api_settings& s) {
  t.add("api.requests_per_minute_max", s.requests_per_minute_max,
        {.min = "0",
         .max = "1000000000",
         .help = "Requests of one token in a minute; beyond: 429. 0: no cap."});
  const auto add = [&](const char* name, std::int64_t& target, const char* help) {
    t.add(name, target, {.min = "0", .max = "1000000000", .help = help});
  };
  add("api.changes_per_account_per_day_max", s.changes_per_account_per_day_max,
      "Changes by all tokens of an account in a day, as many at once; beyond: 429. Each is kept in "
      "the audit log. 0: no cap.");
  add("api.strangers_per_minute_max", s.strangers_per_minute_max,
      "Requests without a good token of one client (an IPv4 address, an IPv6 network of 64 bits) "
      "in a minute, eight times as many of the network around it; beyond: 429. A good token is "
      "heard all the same. 0: no cap.");
  add("api.public_per_minute_max", s.public_per_minute_max,
      "Requests of one client in a minute for what needs no token: links of mails, /openapi.json, "
      "questions of browsers (CORS). 0: no cap.");
  t.add("api.waiting_per_token_max", s.waiting_per_token_max,
        {.min = "1",
         .max = "1000",
         .help = "Requests of one token that wait for a thread, and twice as many of one account; "
                 "beyond: 429."});
  add("api.audit_refusals_per_hour_max", s.audit_refusals_per_hour_max,
      "Refused attempts in an hour that are logged and audited: so many of clients without a "
      "token, as many of tokens, and a tenth of that of each. 0: no cap.");
  add("api.rules_per_zone_max", s.rules_per_zone_max,
      "Rules of one zone. This and the caps that follow do not hold at the control socket nor for "
      "config import. 0: no cap.");
  add("api.addresses_per_account_max", s.addresses_per_account_max,
      "Destination addresses of one account. 0: no cap.");
  add("api.zones_per_account_max", s.zones_per_account_max, "Zones of one account. 0: no cap.");
  add("api.subdomains_per_zone_max", s.subdomains_per_zone_max,
      "Subdomains of one zone. 0: no cap.");
  add("api.tokens_per_account_max", s.tokens_per_account_max, "Tokens of one account. 0: no cap.");
  t.add("api.body_octets_max", s.body_octets_max,
        {.min = "16KiB", .max = "64MiB", .help = "Largest request body; beyond: 413."});
}

void declare_zones(settings_table& t, api_settings& s) {
  t.add("zones.ownership", s.ownership,
        {.help = "Whether a zone takes mail only after its DNS has shown whose it is. auto: as "
                 "soon as there are two accounts. verify: always. off: whoever comes first has it. "
                 "Zones that are active stay active."});
  t.add("zones.ownership_mx", s.ownership_mx,
        {.help = "An MX record for this service is proof enough where no other account claims or "
                 "had the name, or one above or below it. false: only the TXT record is."});
  t.add("zones.ownership_grace", s.ownership_grace,
        {.min = "0s",
         .max = "90d",
         .help = "How long a zone takes mail after the proof has gone from its DNS. DNS that does "
                 "not answer takes nothing away."});
  t.add("zones.ownership_recheck", s.ownership_recheck,
        {.min = "1s",
         .max = "30d",
         .help = "How often the proof of an active zone is looked for."});
  t.add("zones.unproven_per_account_max", s.unproven_per_account_max,
        {.min = "0",
         .max = "1000000000",
         .help = "Zones of one account that wait for their proof. 0: no cap."});
  t.add("zones.checks_per_hour_max", s.ownership_checks_per_hour_max,
        {.min = "0",
         .max = "1000000",
         .help = "How often in an hour the DNS is asked about one zone on request; beyond: 429. 0: "
                 "no cap."});
  t.add("zones.reserved", s.zones_reserved,
        {.help = "Names that only the administrator can make zones of, besides the host name and "
                 "the service's domain: example.org is that name, .example.org all below it."});
}

void check_zones(const api_settings& s, std::vector<std::string>& faults) {
  if (s.ownership != "auto" && s.ownership != "verify" && s.ownership != "off") {
    faults.emplace_back("zones.ownership: not auto, verify or off");
  }
  for (const auto& name : s.zones_reserved) {
    const auto top = std::string_view(name).substr(name.starts_with('.') ? 1 : 0);
    if (address::domain::parse(top)) continue;
    faults.push_back("zones.reserved: '" + printable(name, 80)
                     + "' is not a name like example.org or .example.org");
  }
}

void check_listen(const api_settings& s, std::vector<std::string>& faults) {
  for (const auto& text : s.listen) {
    const auto where = endpoint::parse(text);
    if (!where) {
      faults.push_back("api.listen: '" + printable(text, 80)
                       + "' is not ADDRESS:PORT, for example 127.0.0.1:9980");
    } else if (!where->address.is_loopback() && !s.has_tls() && !s.allow_plaintext) {
      faults.push_back("api.listen: " + where->to_string()
                       + " can be reached from outside; set api.tls_certificate and api.tls_key, "
                         "or api.allow_plaintext if a proxy in front ends TLS");
    }
  }
}

bool is_web_url(std::string_view text) {
  for (const auto* const scheme : {"https://", "http://"}) {
    if (!text.starts_with(scheme)) continue;
    text.remove_prefix(std::string_view(scheme).size());
    return !text.empty() && text.front() != '/' && std::ranges::all_of(text, [](char c) {
      return c > ' ' && c <= '~' && std::string_view("\"<>\\^`{|}?#@").find(c) == std::string::npos;
    });
  }
  return false;
}

}  // namespace

bool is_origin(std::string_view text) {
  return is_web_url(text) && text.find('/', text.find("//") + 2) == std::string_view::npos;
}

void declare_settings(settings_table& table, api_settings& s) {
  declare_service(table, s);
  declare_http(table, s);
  declare_limits(table, s);
  declare_zones(table, s);
  declare_mails(table, s);
}

std::vector<ip_network> proxies_of(const api_settings& s) {
  std::vector<ip_network> out;
  for (const auto& text : s.trusted_proxies) {
    if (const auto network = ip_network::parse(text)) out.push_back(*network);
  }
  return out;
}

void check(const api_settings& s, std::vector<std::string>& faults) {
  if (s.config_source != "file" && s.config_source != "store") {
    faults.emplace_back("config.source: not file or store");
  }
  if (s.tls_certificate.empty() != s.tls_key.empty()) {
    faults.emplace_back("api.tls_certificate and api.tls_key: set both or neither");
  }
  check_listen(s, faults);
  check_zones(s, faults);
  if (!s.public_url.empty() && (!is_web_url(s.public_url) || s.public_url.ends_with('/'))) {
    faults.push_back("api.public_url: '" + printable(s.public_url, 80)
                     + "' is not like https://signpost.example (without a slash at the end)");
  }
  for (const auto& text : s.trusted_proxies) {
    if (ip_network::parse(text)) continue;
    faults.push_back("api.trusted_proxies: '" + printable(text, 80)
                     + "' is not a network like 10.0.0.0/8 or an address");
  }
  for (const auto& origin : s.cors_origins) {
    if (is_origin(origin)) continue;
    faults.push_back("api.cors_origins: '" + printable(origin, 80)
                     + "' is not an origin like https://dash.example");
  }
  if (s.spf_mechanism.find_first_of(" \t\"") != std::string::npos) {
    faults.emplace_back("api.spf_mechanism: one mechanism, without spaces");
  }
}

}  // namespace signpost
