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
                 "plane's store in the data directory, which is changed through the API; the zones "
                 "file is then not read."});
  t.add(
      "api.listen", s.listen,
      {.help =
           "Addresses and ports of the client API, for example 127.0.0.1:9980. Empty: it can only "
           "be reached over the control socket. If config.source is file, nothing listens here."});
  t.add("api.tls_certificate", s.tls_certificate,
        {.help = "PEM file with the certificate chain of the API; it is read again when it "
                 "changes. Empty: plain HTTP, on loopback addresses only."});
  t.add("api.tls_key", s.tls_key, {.help = "PEM file with the certificate's private key."});
  t.add("api.allow_plaintext", s.allow_plaintext,
        {.help = "Allow plain HTTP on other addresses as well, behind a proxy that terminates TLS. "
                 "Tokens then travel unencrypted."});
  t.add("api.public_url", s.public_url,
        {.help = "The URL of the API as seen from outside, without a slash at the end; links in "
                 "verification mails begin with it. Empty: derived from the first address of "
                 "api.listen."});
  t.add("api.cors_origins", s.cors_origins,
        {.help = "Origins whose pages may use the API from a browser (CORS), for example "
                 "https://dash.example. Empty: none."});
  t.add("api.trusted_proxies", s.trusted_proxies,
        {.help = "Networks of proxies in front of the API, for example 10.0.0.0/8. For requests "
                 "from there, the client is taken from X-Forwarded-For, read from the right past "
                 "these networks. It counts for limits, for the addresses that tokens are bound "
                 "to, and in the audit log. Empty: X-Forwarded-For is ignored."});
  t.add("api.hsts_max_age", s.hsts_max_age,
        {.min = "0s",
         .max = "36500d",
         .help = "With TLS: how long browsers must keep using it (Strict-Transport-Security). 0s: "
                 "the field is not sent."});
  t.add("api.threads", s.threads,
        {.min = "1",
         .max = "256",
         .help = "Requests that are processed at the same time. One token, and all tokens of one "
                 "account, may use at most three quarters of them."});
  t.add("api.dns_threads", s.dns_threads,
        {.min = "1",
         .max = "256",
         .help = "Requests that wait for the DNS at the same time, in addition to api.threads and "
                 "shared in the same way."});
  t.add("api.spf_mechanism", s.spf_mechanism,
        {.help = "The mechanism that the SPF record of a zone must contain, for example "
                 "include:spf.example.net. Empty: a: followed by the host name."});
  t.add("api.admin_token_file", s.admin_token_file,
        {.help = "The file that the first administrator's token is written to at the first start, "
                 "readable by its owner only. Empty: admin-token in the data directory."});
  t.add("api.audit_retention", s.audit_retention,
        {.min = "1d", .max = "36500d", .help = "How long entries of the audit log are kept."});
  t.add("api.audit_refusals_retention", s.audit_refusals_retention,
        {.min = "1h",
         .max = "36500d",
         .help = "How long refused attempts are kept in the audit log, if that is shorter."});
}

void declare_http(settings_table& t, api_settings& s) {
  t.add("api.connections_max", s.connections_max,
        {.min = "1",
         .max = "1000000",
         .help = "Simultaneous connections to api.listen. Above this: 503."});
  t.add("api.connections_per_client_max", s.connections_per_client_max,
        {.min = "0",
         .max = "1000000",
         .help = "The same, for one client (an IPv4 address or an IPv6 /64). Trusted proxies have "
                 "no such limit. 0: no limit."});
  t.add("api.new_connections_per_minute_max", s.new_connections_per_minute_max,
        {.min = "0",
         .max = "1000000000",
         .help = "New connections per minute from one client, and eight times as many from the "
                 "network around it. Above this: 503, or with TLS the connection is closed without "
                 "a handshake. 0: no limit."});
  t.add("api.requests_per_connection_max", s.requests_per_connection_max,
        {.min = "0",
         .max = "1000000000",
         .help = "The number of requests after which a connection is closed. 0: no limit."});
  t.add("api.memory_max", s.memory_max,
        {.min = "1MiB",
         .max = "64GiB",
         .help = "The memory that all requests and their answers may use until they are sent. "
                 "Above this: 503."});
  t.add("api.memory_per_client_max", s.memory_per_client_max,
        {.min = "1MiB",
         .max = "64GiB",
         .help = "The part of api.memory_max that one client may use."});
  t.add("api.answer_timeout", s.answer_timeout,
        {.min = "1s",
         .max = "1h",
         .help = "How long an answer may take, here and on the control socket. After that: 503, "
                 "and a change may or may not have been made."});
  t.add("api.request_timeout", s.request_timeout,
        {.min = "1s",
         .max = "1h",
         .help = "How long a request may take to arrive, from its first octet to its last."});
  t.add("api.idle_timeout", s.idle_timeout,
        {.min = "1s",
         .max = "1h",
         .help = "How long a connection may be idle between requests, and before the first one."});
  t.add("api.send_timeout", s.send_timeout,
        {.min = "1s",
         .max = "1h",
         .help = "How long a client may take to receive 32 KiB of an answer, or the rest of it."});
}

void declare_mails(settings_table& t, api_settings& s) {
  const auto add = [&](const char* name, std::int64_t& target, const char* help) {
    t.add(name, target, {.min = "0", .max = "1000000000", .help = help});
  };
  add("api.verification_mails_per_mailbox_max", s.mails_per_mailbox_max,
      "Verification mails per day to one mailbox, no matter who asks for them and how the address "
      "is spelled. 0: no limit.");
  add("api.verification_mails_per_domain_max", s.mails_per_domain_max,
      "Verification mails per day to one domain, and ten times as many to all names below a domain "
      "together. 0: no limit.");
  add("api.verification_mails_per_account_max", s.mails_per_account_max,
      "Verification mails per day for one account. 0: no limit.");
  add("api.verification_mails_per_token_max", s.mails_per_token_max,
      "Verification mails per day that one token may request; the operator's own token is not "
      "counted. 0: no limit.");
  add("api.verification_mails_max", s.mails_max,
      "Verification mails per day from this node. 0: no limit.");
  t.add("api.verification_mail_delimiters", s.mail_delimiters,
        {.help = "Characters that separate a subaddress from the mailbox, for "
                 "api.verification_mails_per_mailbox_max: with +, ann+1 and ann+2 are the same "
                 "mailbox. Add the characters of hosts that use others."});
}

void declare_limits(settings_table& t, api_settings& s) {
  t.add("api.requests_per_minute_max", s.requests_per_minute_max,
        {.min = "0",
         .max = "1000000000",
         .help = "Requests per minute with one token. Above this: 429. 0: no limit."});
  const auto add = [&](const char* name, std::int64_t& target, const char* help) {
    t.add(name, target, {.min = "0", .max = "1000000000", .help = help});
  };
  add("api.changes_per_account_per_day_max", s.changes_per_account_per_day_max,
      "Changes per day by all tokens of one account; all of them may come at once. Above this: "
      "429. Each change is kept in the audit log. 0: no limit.");
  add("api.strangers_per_minute_max", s.strangers_per_minute_max,
      "Requests without a valid token per minute from one client (an IPv4 address or an IPv6 /64), "
      "and eight times as many from the network around it. Above this: 429, but requests with a "
      "valid token are still answered. 0: no limit.");
  add("api.public_per_minute_max", s.public_per_minute_max,
      "Requests per minute from one client for pages that need no token: links in mails, "
      "/openapi.json, preflight requests of browsers (CORS). 0: no limit.");
  t.add("api.waiting_per_token_max", s.waiting_per_token_max,
        {.min = "1",
         .max = "1000",
         .help = "Requests with one token that may wait for a thread, and twice as many for one "
                 "account. Above this: 429."});
  add("api.audit_refusals_per_hour_max", s.audit_refusals_per_hour_max,
      "Refused attempts per hour that are logged and audited: this many from clients without a "
      "token, as many from tokens, and a tenth of that from each single one. 0: no limit.");
  add("api.rules_per_zone_max", s.rules_per_zone_max,
      "Rules of one zone. This limit and the following ones do not apply to the control socket or "
      "to `signpost config import`. 0: no limit.");
  add("api.addresses_per_account_max", s.addresses_per_account_max,
      "Destination addresses of one account. 0: no limit.");
  add("api.zones_per_account_max", s.zones_per_account_max, "Zones of one account. 0: no limit.");
  add("api.subdomains_per_zone_max", s.subdomains_per_zone_max,
      "Subdomains of one zone. 0: no limit.");
  add("api.tokens_per_account_max", s.tokens_per_account_max,
      "Tokens of one account. 0: no limit.");
  t.add("api.body_octets_max", s.body_octets_max,
        {.min = "16KiB", .max = "64MiB", .help = "The largest request body. Above this: 413."});
}

void declare_zones(settings_table& t, api_settings& s) {
  t.add("zones.ownership", s.ownership,
        {.help = "Whether a zone accepts mail only after its DNS has proven who owns it. auto: as "
                 "soon as there are two accounts. verify: always. off: the first account to create "
                 "the zone has it. Zones that are already active stay active."});
  t.add("zones.ownership_mx", s.ownership_mx,
        {.help =
             "Accept an MX record for this service as proof if no other account claims or has had "
             "the name, or a name above or below it. false: only the TXT record is accepted."});
  t.add("zones.ownership_grace", s.ownership_grace,
        {.min = "0s",
         .max = "90d",
         .help = "How long a zone still accepts mail after the proof has disappeared from its DNS. "
                 "If the DNS does not answer, the zone stays as it is."});
  t.add("zones.ownership_recheck", s.ownership_recheck,
        {.min = "1s", .max = "30d", .help = "How often the proof of an active zone is checked."});
  t.add("zones.unproven_per_account_max", s.unproven_per_account_max,
        {.min = "0",
         .max = "1000000000",
         .help = "Zones of one account that may be waiting for their proof. 0: no limit."});
  t.add("zones.checks_per_hour_max", s.ownership_checks_per_hour_max,
        {.min = "0",
         .max = "1000000",
         .help = "How many times per hour the DNS is asked about one zone on request. Above this: "
                 "429. 0: no limit."});
  t.add("zones.reserved", s.zones_reserved,
        {.help = "Names that only the administrator can create zones for, in addition to the host "
                 "name and the service's domain. example.org means that name, .example.org all "
                 "names below it."});
}

void check_zones(const api_settings& s, std::vector<std::string>& faults) {
  if (s.ownership != "auto" && s.ownership != "verify" && s.ownership != "off") {
    faults.emplace_back("zones.ownership: must be auto, verify or off");
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
                         "or api.allow_plaintext if a proxy in front terminates TLS");
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

std::string public_url_of(const api_settings& s, const std::string& host_name,
                          const std::vector<endpoint>& listens) {
  if (!s.public_url.empty()) return s.public_url;
  const std::string scheme = s.has_tls() ? "https://" : "http://";
  if (listens.empty()) return scheme + host_name;
  const auto& first = listens.front();
  if (!first.address.is_unspecified()) return scheme + first.to_string();
  return scheme + host_name + ":" + std::to_string(first.port);
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
    faults.emplace_back("config.source: must be file or store");
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
    faults.emplace_back("api.spf_mechanism: must be one mechanism, without spaces or quotes");
  }
}

}  // namespace signpost
