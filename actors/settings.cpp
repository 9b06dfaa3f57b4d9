// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/settings.hpp"

#include "base/text.hpp"
#include "proto/dkim/tag_list.hpp"

namespace signpost::actors {
namespace {

void declare_smtp_deadlines(settings_table& t, smtp_settings& s) {
  t.add("smtp.command_timeout", s.command_timeout,
        {.min = "1s",
         .max = "1h",
         .help = "How long a client may take to send a whole command (RFC 5321 section 4.5.3.2.7), "
                 "and how long it may leave replies unread. After that: 421 4.4.2."});
  t.add("smtp.data_timeout", s.data_timeout,
        {.min = "1s",
         .max = "1h",
         .help = "The interval over which smtp.data_rate_min is measured while a message arrives. "
                 "Too slow: 421 4.4.2."});
  t.add("smtp.data_rate_min", s.data_rate_min,
        {.min = "0",
         .max = "1MiB",
         .help = "The lowest rate, in octets per second, at which a message may arrive, averaged "
                 "over smtp.data_timeout. 0: a single octet in that time is enough."});
  t.add("smtp.tls_timeout", s.tls_timeout,
        {.min = "1s", .max = "1h", .help = "How long a TLS handshake may take as a whole."});
  t.add(
      "smtp.session_max", s.session_max,
      {.min = "1m",
       .max = "1d",
       .help = "How long a session may last. A message that has already begun is still accepted."});
}

void declare_client_rates(settings_table& t, client_settings& s) {
  const auto add = [&](const char* name, std::int64_t& target, const char* help) {
    t.add(name, target, {.min = "0", .max = "100000000", .help = help});
  };
  add("smtp.client_connections_per_minute", s.connections,
      "Connections per minute from one client address, over all event loops. Above this: 421. 0: "
      "no limit, here and in the settings below.");
  add("smtp.client_messages_per_minute", s.messages,
      "Messages (MAIL commands) per minute from one client address. Above this: 450.");
  add("smtp.client_recipients_per_minute", s.recipients,
      "Recipients (RCPT commands, accepted or refused) per minute from one client address. Above "
      "this: 450.");
  add("smtp.client_handshakes_per_minute", s.handshakes,
      "TLS handshakes per minute with one client address. Above this, STARTTLS is answered with "
      "454.");
  add("smtp.client_errors_per_minute", s.errors,
      "Refused recipients and commands per minute from one client address, in all its sessions "
      "together. From half of this on, replies to errors are delayed more and more. Above it: 421, "
      "and the client is paused.");
  add("smtp.client_idle_commands_per_minute", s.idle_commands,
      "Commands per minute from one client address that do not lead to a message (NOOP, RSET, "
      "VRFY, HELP, repeated EHLO), not counting the first five between two messages. Above this: "
      "421, and the client is paused.");
}

void declare_client_conduct(settings_table& t, client_settings& s) {
  t.add("smtp.client_network_factor", s.network_factor,
        {.min = "1",
         .max = "1000000",
         .help = "A client's network (/24 of IPv4, /64 of IPv6) may use this many times the limits "
                 "of one address, and an IPv6 /48 four times as much as its /64."});
  t.add("smtp.client_pause_first", s.pause_first,
        {.min = "0s",
         .max = "1d",
         .help = "How long a misbehaving client is paused (not served) the first time. 0s: clients "
                 "are not paused."});
  t.add("smtp.client_pause_max", s.pause_max,
        {.min = "1s",
         .max = "7d",
         .help = "The longest such time; it doubles with each repetition."});
  t.add("smtp.client_reply_delay_max", s.reply_delay_max,
        {.min = "0s",
         .max = "1m",
         .help = "The longest delay of replies to a client that makes many errors."});
  t.add("smtp.banner_delay", s.banner_delay,
        {.min = "0s",
         .max = "1m",
         .help = "How long a client address that has not delivered a message for a day must wait "
                 "for the banner. A client that sends anything before that is refused (554)."});
  t.add("smtp.refuse_early_talkers", s.refuse_early_talkers,
        {.help = "Refuse clients that send anything before the banner, and clients that send "
                 "commands after their first EHLO or HELO without waiting for the reply."});
  t.add("smtp.check_hello", s.check_hello,
        {.help = "Refuse EHLO and HELO whose argument cannot be a host name, or is a name or an "
                 "address of this node. Whether the name belongs to the client is not checked (RFC "
                 "5321 section 4.1.4)."});
  t.add("smtp.idle_commands_max", s.idle_commands_max,
        {.min = "5",
         .max = "1000000",
         .help = "Commands that do not lead to a message, in one session since its last message. "
                 "Above this: 421."});
}

void declare_client_exceptions(settings_table& t, client_settings& s) {
  t.add("smtp.unlimited_clients", s.unlimited,
        {.help = "Networks (192.0.2.0/24, 2001:db8::/32, or an address) whose clients are exempt "
                 "from all of these limits: your own relays, a monitor, a front proxy."});
  t.add("smtp.unmetered_clients", s.unmetered,
        {.help = "Networks whose clients may connect and send without limits, and whose addresses "
                 "are not counted together. Their simultaneous sessions, errors and idle commands "
                 "are still counted. Behind a front proxy on this host, all clients have the "
                 "proxy's address: list it in smtp.unlimited_clients instead."});
  t.add("smtp.client_log_lines_per_second", s.log_lines,
        {.min = "0",
         .max = "1000000",
         .help = "Log lines per second, of each kind, about refusals of one client network (/24, "
                 "/48), with bursts of ten times as many. Lines above this are only counted "
                 "(log.suppressed). 0: no limit."});
  t.add("smtp.client_events_per_second", s.events,
        {.min = "0",
         .max = "1000000",
         .help = "The same for activity events, for each zone. The detail `count` of an event says "
                 "how many refusals it stands for. 0: no limit."});
}

void declare_smtp(settings_table& t, smtp_settings& s) {
  t.add("smtp.listen", s.listen,
        {.help = "Addresses and ports to accept mail on, for example 0.0.0.0:25 or [::]:25. Ports "
                 "below 1024 need root or CAP_NET_BIND_SERVICE."});
  t.add("smtp.tls_certificate", s.tls_certificate,
        {.help = "PEM file with the certificate chain for STARTTLS; it is read again when it "
                 "changes. Empty: a self-signed certificate is created in the data directory."});
  t.add("smtp.tls_key", s.tls_key, {.help = "PEM file with the certificate's private key."});
  t.add("smtp.tls_suites", s.tls_suites,
        {.help = "modern: TLS 1.2 with forward secrecy and without SHA-1, and TLS 1.3. compatible: "
                 "also CBC with SHA-1, and RSA key exchange, for senders that would otherwise send "
                 "in clear text."});
  t.add("smtp.require_tls", s.require_tls,
        {.help = "Refuse MAIL before STARTTLS (530). Not for a public MX (RFC 3207 section 4)."});
  t.add("smtp.message_size_max", s.message_size_max,
        {.min = "64KiB",
         .max = "1GiB",
         .help = "The largest message that is accepted; announced with SIZE."});
  t.add(
      "smtp.recipients_max", s.recipients_max,
      {.min = "100", .max = "100000", .help = "Recipients of one message. Above this: 452 4.5.3."});
  t.add("smtp.transactions_max", s.transactions_max,
        {.min = "1", .max = "1000000", .help = "Messages in one session. Above this: 421."});
  t.add("smtp.errors_max", s.errors_max,
        {.min = "1", .max = "10000", .help = "Refused commands in one session. Above this: 421."});
  declare_smtp_deadlines(t, s);
  t.add("smtp.sessions_max", s.sessions_max,
        {.min = "10", .max = "1000000", .help = "Simultaneous sessions. Above this: 421."});
  t.add("smtp.sessions_per_client_max", s.sessions_per_client_max,
        {.min = "1",
         .max = "1000000",
         .help = "Simultaneous sessions of one client address, over all event loops. Above this: "
                 "421. Its network may have smtp.client_network_factor times as many, but never "
                 "more than a quarter of the sessions that smtp.sessions_max still leaves free."});
  declare_client_rates(t, s.client);
  declare_client_conduct(t, s.client);
  declare_client_exceptions(t, s.client);
  t.add("smtp.memory_budget", s.memory_budget,
        {.min = "16MiB",
         .max = "1024GiB",
         .help = "Octets of incoming messages that may be in memory at the same time. When none "
                 "are left: 452 4.3.1."});
  t.add(
      "smtp.memory_client_percent", s.memory_client_percent,
      {.min = "1",
       .max = "99",
       .help =
           "The share of smtp.memory_budget that one client network (/24 of IPv4, /48 of IPv6) may "
           "use while nobody else uses any. The more others use, the smaller the share becomes, so "
           "that there is always some left for the next client. Above this: 452 4.3.1."});
}

void declare_auth(settings_table& t, auth_settings& s) {
  t.add("auth.verify", s.verify,
        {.help = "Check SPF, DKIM, DMARC and ARC of incoming mail. false: no mail is refused "
                 "because of them, no Authentication-Results field is added, and zones cannot "
                 "require authentication."});
  t.add("auth.authserv_id", s.authserv_id,
        {.help = "The name under which results are recorded (RFC 8601 section 2.5). It must be the "
                 "same on all nodes of a service. Empty: the host name."});
  t.add("auth.timeout", s.timeout,
        {.min = "1s",
         .max = "5m",
         .help = "How long the checks of one message may wait for the DNS. Checks that are then "
                 "unfinished count as temperror. RFC 7208 section 4.6.4 recommends at least 20 "
                 "seconds."});
  t.add("auth.signatures_max", s.signatures_max,
        {.min = "1",
         .max = "100",
         .help = "How many DKIM signatures of a message are verified, from the top."});
  t.add("auth.refuse_partial_body", s.refuse_partial_body,
        {.help = "Give a DKIM signature that leaves part of the body unsigned (l=) the result "
                 "policy instead of pass, because anyone may have written that part. false: it "
                 "passes, and Authentication-Results shows the number of unsigned octets."});
  t.add("auth.trusted_sealers", s.trusted_sealers,
        {.help = "Domains (exactly the d= of ARC-Seal) that are trusted: a message that fails "
                 "DMARC here is accepted if it passed there, its ARC chain is valid, and nobody "
                 "else can have changed it since."});
}

void declare_delivery_connections(settings_table& t, delivery_settings& s) {
  t.add(
      "delivery.port", s.port,
      {.min = "1", .max = "65535", .help = "The port of MX hosts: 25, except in closed networks."});
  t.add("delivery.routes", s.routes,
        {.help = "Static routes instead of MX look-ups: example.net=192.0.2.1:25, "
                 ".example.net=host.example:25 (subdomains), *=relay.example.org:587 (all)."});
  t.add("delivery.starttls", s.starttls,
        {.help = "Encrypt if the other side offers STARTTLS (opportunistic, RFC 7435)."});
  t.add("delivery.reencode", s.reencode,
        {.help = "never, unsigned or always: whether mail with characters beyond ASCII is encoded "
                 "(quoted-printable, base64) for hosts without 8BITMIME or SMTPUTF8. unsigned: not "
                 "if it arrived with a valid DKIM signature or ARC chain, which encoding would "
                 "break; such mail is reported as undeliverable."});
  t.add("delivery.use_ipv4", s.use_ipv4, {.help = "Deliver over IPv4."});
  t.add("delivery.use_ipv6", s.use_ipv6, {.help = "Deliver over IPv6."});
  t.add("delivery.source_ipv4", s.source_ipv4,
        {.help = "The local address to connect from. Empty: the kernel chooses."});
  t.add("delivery.source_ipv6", s.source_ipv6, {.help = "The same for IPv6."});
  t.add("delivery.connection_idle", s.connection_idle,
        {.min = "0s",
         .max = "5m",
         .help = "How long an unused connection is kept for the next message."});
  t.add("delivery.messages_per_connection_max", s.messages_per_connection_max,
        {.min = "1", .max = "100000", .help = "How many messages are sent over one connection."});
  t.add("delivery.concurrency_initial", s.concurrency_initial,
        {.min = "1", .max = "1000", .help = "Connections to one destination, to begin with."});
  t.add("delivery.concurrency_max", s.concurrency_max,
        {.min = "1", .max = "1000", .help = "Connections to one destination, at most."});
  t.add("delivery.connections_max", s.connections_max,
        {.min = "10",
         .max = "100000",
         .help = "Simultaneous deliveries to all destinations, shared so that hosts that never "
                 "answer do not take connections away from those that do. There are fewer if the "
                 "process may not open that many files."});
  t.add("delivery.suspend_first", s.suspend_first,
        {.min = "1s",
         .max = "1h",
         .help = "How long an unreachable destination is not tried, the first time."});
  t.add("delivery.suspend_max", s.suspend_max,
        {.min = "1s",
         .max = "1d",
         .help = "The longest such time; it doubles with each repetition."});
}

void declare_delivery_timeouts(settings_table& t, delivery_settings& s) {
  const setting_notes bounds{.min = "1s", .max = "1h", .help = {}, .reload = false};
  const auto add = [&](const char* name, milliseconds& target, const char* help) {
    auto notes = bounds;
    notes.help = help;
    t.add(name, target, notes);
  };
  add("delivery.connect_timeout", s.connect_timeout, "How long to wait for a connection.");
  add("delivery.greeting_timeout", s.greeting_timeout,
      "How long to wait for the greeting (RFC 5321 section 4.5.3.2.1).");
  add("delivery.command_timeout", s.command_timeout,
      "How long to wait for the reply to EHLO, MAIL or RCPT (RFC 5321 section 4.5.3.2.2).");
  add("delivery.data_start_timeout", s.data_start_timeout,
      "How long to wait for the reply to DATA (RFC 5321 section 4.5.3.2.4).");
  add("delivery.data_block_timeout", s.data_block_timeout,
      "How long to wait until a block of the message has been sent (RFC 5321 section 4.5.3.2.5).");
  add("delivery.data_end_timeout", s.data_end_timeout,
      "How long to wait for the reply to the final dot (RFC 5321 section 4.5.3.2.6). Shorter times "
      "risk duplicates.");
  t.add("delivery.data_rate_min", s.data_rate_min,
        {.min = "0",
         .max = "1GiB",
         .help = "The lowest average rate, in octets per second, at which a host may accept a "
                 "message, with delivery.data_block_timeout added to the time. Slower transfers "
                 "are aborted and retried later. 0: any rate."});
  t.add("delivery.stop_patience", s.stop_patience,
        {.min = "0s",
         .max = "1h",
         .help = "When the node stops, an attempt that has not sent its whole message within this "
                 "time is aborted and repeated after the next start. For the reply to a message "
                 "that was sent, the node waits as long as node.shutdown_timeout."});
  t.add("delivery.attempt_deadline", s.attempt_deadline,
        {.min = "1m",
         .max = "1d",
         .help = "How long one attempt may take with all the hosts it tries, not counting the time "
                 "for the message at delivery.data_rate_min and for the reply to its final dot."});
}

void declare_queue(settings_table& t, queue_settings& s) {
  t.add("queue.active_max", s.active_max,
        {.min = "100",
         .max = "10000000",
         .help = "Recipients held in memory for delivery at the same time."});
  t.add("queue.active_per_next_hop_max", s.active_per_next_hop_max,
        {.min = "10", .max = "10000000", .help = "The same, for one destination domain."});
  t.add("queue.memory", s.memory,
        {.min = "16MiB",
         .max = "1024GiB",
         .help = "Octets of queued messages that may be in memory at the same time, in addition to "
                 "smtp.memory_budget. Messages that do not fit wait in the spool. Whatever is set, "
                 "there is room for at least two messages of smtp.message_size_max."});
  t.add("queue.memory_per_destination", s.memory_per_destination,
        {.min = "1MiB",
         .max = "1024GiB",
         .help = "The part of queue.memory that messages for one destination (the domains that "
                 "share their mail hosts) may use; at least one message."});
  t.add("queue.returned_message_max", s.returned_message_max,
        {.min = "0",
         .max = "100MiB",
         .help = "A bounce returns whole messages up to this size, and only the header of larger "
                 "ones. A sender that neither SPF nor DKIM proves gets only the header."});
  t.add("queue.reports_per_address", s.reports.per_address,
        {.min = "1",
         .max = "65000",
         .help = "Reports (failures and delays) per hour to one sender. Further reports are not "
                 "sent, and the activity log records this."});
  t.add("queue.unproven_reports_per_address", s.reports.unproven_per_address,
        {.min = "0",
         .max = "65000",
         .help = "The same, for a sender that neither SPF nor DKIM proves: it may never have sent "
                 "anything."});
  t.add("queue.unproven_reports_per_domain", s.reports.unproven_per_domain,
        {.min = "0",
         .max = "65000",
         .help = "The same, for all such senders of one domain together."});
}

void declare_routing(settings_table& t, routing_settings& s) {
  t.add("routing.desk_threads", s.desk_threads,
        {.min = "1",
         .max = "64",
         .help = "Threads for recipients whose rules take too long for an event loop: zones with "
                 "many patterns, long chains of forwards. Their time is shared evenly among "
                 "accounts, and within an account among its zones."});
  t.add("routing.waiting_per_zone_max", s.waiting_per_zone_max,
        {.min = "1",
         .max = "10000",
         .help = "How many such recipients of one zone may wait. Above this: 451 4.3.2."});
  t.add("routing.pattern_memory", s.pattern_memory,
        {.min = "16MiB",
         .max = "64GiB",
         .help = "Octets that the compiled patterns of all zones may use. Those compiled first are "
                 "discarded, and compiled again when they are needed."});
}

void declare_signing(settings_table& t, signing_settings& s) {
  t.add("signing.enabled", s.enabled,
        {.help =
             "Sign and seal forwarded mail. false: no keys are read, and mail is sent unsigned."});
  t.add("signing.domain", s.domain,
        {.help = "The service's own domain, which signs every message (DKIM) and seals it (ARC). "
                 "Empty: node.host_name."});
  t.add("signing.key_dir", s.key_dir,
        {.help = "Where `signpost dkim` keeps keys; read again when something in it changes. Only "
                 "its owner may have access. Empty: dkim in the data directory."});
  t.add("signing.arc", s.arc,
        {.help = "Add an ARC set that passes on what was found out about the sender (RFC 8617)."});
  t.add("signing.forwarded_fields", s.forwarded_fields,
        {.help = "Add X-Forwarded-To and X-Forwarded-For to messages with one recipient."});
  t.add("signing.valid_for", s.valid_for,
        {.min = "1d",
         .max = "365d",
         .help = "How long a DKIM signature is valid (x=). The record of a key that no longer "
                 "signs must stay published for at least this long."});
}

void declare_webhook(settings_table& t, webhook_settings& s) {
  t.add("webhook.timeout", s.timeout,
        {.min = "1s",
         .max = "10m",
         .help = "How long a webhook may take for one message, from the connection to its answer. "
                 "If this is shorter than its work takes, there will be duplicates."});
  t.add("webhook.connect_timeout", s.connect_timeout,
        {.min = "1s",
         .max = "5m",
         .help = "How long to wait for the connection to a webhook, including TLS."});
  t.add("webhook.concurrency", s.concurrency,
        {.min = "1",
         .max = "1000",
         .help = "Simultaneous requests to one webhook host for the zones of one account; for all "
                 "accounts together, four times as many."});
  t.add("webhook.allow_private", s.allow_private,
        {.help = "Also post to hosts with private, loopback or other internal addresses. Set this "
                 "only if everyone who can write rules may reach the networks of this node."});
  t.add("webhook.ca_file", s.ca_file,
        {.help = "PEM file with the certificates that webhook hosts are checked against. Empty: "
                 "those of the operating system."});
}

}  // namespace

std::string service_domain_of(const signing_settings& s, const std::string& host_name) {
  const auto& domain = s.domain.empty() ? host_name : s.domain;
  return dkim::to_dns_name(domain).value_or(to_lower(domain));
}

void declare_settings(settings_table& table, mail_settings& s) {
  declare_smtp(table, s.smtp);
  declare_auth(table, s.auth);
  declare_delivery_connections(table, s.delivery);
  declare_delivery_timeouts(table, s.delivery);
  model::declare_settings(table, s.delivery.mx);
  declare_queue(table, s.queue);
  model::declare_settings(table, s.queue.retry);
  model::declare_settings(table, s.queue.loop);
  declare_routing(table, s.routing);
  declare_signing(table, s.signing);
  declare_webhook(table, s.webhook);
}

}  // namespace signpost::actors
