// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/settings.hpp"

namespace signpost::actors {
namespace {

void declare_smtp_deadlines(settings_table& t, smtp_settings& s) {
  t.add("smtp.command_timeout", s.command_timeout,
        {.min = "1s",
         .max = "1h",
         .help = "How long a whole command may take to come (RFC 5321 section 4.5.3.2.7), and how "
                 "long a client may leave replies unread; then 421 4.4.2."});
  t.add("smtp.data_timeout", s.data_timeout,
        {.min = "1s",
         .max = "1h",
         .help = "In each such time a message must go on by smtp.data_rate_min; then 421 4.4.2."});
  t.add("smtp.data_rate_min", s.data_rate_min,
        {.min = "0",
         .max = "1MiB",
         .help = "Octets a second that a message must come with, averaged over smtp.data_timeout; "
                 "0: any octet will do."});
  t.add("smtp.tls_timeout", s.tls_timeout,
        {.min = "1s", .max = "1h", .help = "How long a whole TLS handshake may take."});
  t.add("smtp.session_max", s.session_max,
        {.min = "1m",
         .max = "1d",
         .help = "Longest session as a whole; a message that has begun is still taken."});
}

void declare_client_rates(settings_table& t, client_settings& s) {
  const auto add = [&](const char* name, std::int64_t& target, const char* help) {
    t.add(name, target, {.min = "0", .max = "100000000", .help = help});
  };
  add("smtp.client_connections_per_minute", s.connections,
      "Connections of one client address a minute, over all loops; beyond: 421. 0: no limit, here "
      "and in the settings below.");
  add("smtp.client_messages_per_minute", s.messages,
      "Messages begun (MAIL) by one client address a minute; beyond: 450.");
  add("smtp.client_recipients_per_minute", s.recipients,
      "Recipients (RCPT) of one client address a minute, taken or refused; beyond: 450.");
  add("smtp.client_handshakes_per_minute", s.handshakes,
      "TLS handshakes of one client address a minute; beyond, STARTTLS is answered with 454.");
  add("smtp.client_errors_per_minute", s.errors,
      "Refused recipients and commands of one client address a minute, all its sessions together. "
      "From half of it on replies to errors come later and later; beyond: 421, and a pause.");
  add("smtp.client_idle_commands_per_minute", s.idle_commands,
      "Commands of one client address a minute that lead to no message (NOOP, RSET, VRFY, HELP, "
      "EHLO again), without the first five between two messages; beyond: 421, and a pause.");
}

void declare_client_conduct(settings_table& t, client_settings& s) {
  t.add("smtp.client_network_factor", s.network_factor,
        {.min = "1",
         .max = "1000000",
         .help = "How many times what one address may do its network may do, /24 of IPv4 or /64 of "
                 "IPv6; a /48 of IPv6 four times as much again."});
  t.add("smtp.client_pause_first", s.pause_first,
        {.min = "0s",
         .max = "1d",
         .help = "How long a client that misbehaves is not served at first; 0s: not at all."});
  t.add("smtp.client_pause_max", s.pause_max,
        {.min = "1s", .max = "7d", .help = "And at most; it doubles each time."});
  t.add("smtp.client_reply_delay_max", s.reply_delay_max,
        {.min = "0s",
         .max = "1m",
         .help = "How much later a reply comes to a client that makes many errors, at most."});
  t.add("smtp.banner_delay", s.banner_delay,
        {.min = "0s",
         .max = "1m",
         .help = "How long a client address that has delivered nothing for a day waits for the "
                 "banner. One that speaks meanwhile is refused (554)."});
  t.add("smtp.refuse_early_talkers", s.refuse_early_talkers,
        {.help = "Refuse clients that speak before the banner, and those that send commands behind "
                 "their first EHLO or HELO without waiting for the answer."});
  t.add("smtp.check_hello", s.check_hello,
        {.help = "Refuse EHLO and HELO with what cannot be a name, or with a name or address of "
                 "this node. Whether the name belongs to the client is not asked (RFC 5321 section "
                 "4.1.4)."});
  t.add("smtp.idle_commands_max", s.idle_commands_max,
        {.min = "5",
         .max = "1000000",
         .help = "Commands that lead to no message, in one session since its last message; then "
                 "421."});
}

void declare_client_exceptions(settings_table& t, client_settings& s) {
  t.add("smtp.unlimited_clients", s.unlimited,
        {.help = "Networks (192.0.2.0/24, 2001:db8::/32, or an address) for whose clients none of "
                 "these limits holds: own relays, a monitor, a front proxy."});
  t.add("smtp.unmetered_clients", s.unmetered,
        {.help = "Networks whose clients may connect and send as much as they like, and whose "
                 "addresses are not counted together. Their sessions at once, their errors and "
                 "idle commands count. Behind a front proxy on this host all clients have its "
                 "address: then list it in smtp.unlimited_clients."});
  t.add("smtp.client_log_lines_per_second", s.log_lines,
        {.min = "0",
         .max = "1000000",
         .help = "Lines of one kind that refusals of one client network (/24, /48) write to the "
                 "log; ten times that at once. Of what is beyond the number is told "
                 "(log.suppressed). 0: no limit."});
  t.add("smtp.client_events_per_second", s.events,
        {.min = "0",
         .max = "1000000",
         .help = "The same of activity events, for each zone; the detail count says for how many "
                 "refusals an event stands. 0: no limit."});
}

void declare_smtp(settings_table& t, smtp_settings& s) {
  t.add("smtp.listen", s.listen,
        {.help = "Addresses and ports to take mail on, for example 0.0.0.0:25 or [::]:25. Ports "
                 "below 1024 need root or CAP_NET_BIND_SERVICE."});
  t.add(
      "smtp.tls_certificate", s.tls_certificate,
      {.help = "PEM file with the certificate chain for STARTTLS; looked at again when it changes. "
               "Empty: a self-signed certificate is made in the data directory."});
  t.add("smtp.tls_key", s.tls_key, {.help = "PEM file with the private key of the certificate."});
  t.add("smtp.tls_suites", s.tls_suites,
        {.help = "modern: TLS 1.2 with forward secrecy and without SHA-1, and TLS 1.3. compatible: "
                 "also CBC with SHA-1 and RSA key exchange, for senders that would otherwise send "
                 "in clear text."});
  t.add("smtp.require_tls", s.require_tls,
        {.help = "Refuse MAIL before STARTTLS (530). Not for a public MX: RFC 3207 section 4."});
  t.add("smtp.message_size_max", s.message_size_max,
        {.min = "64KiB", .max = "1GiB", .help = "Largest message taken; announced by SIZE."});
  t.add("smtp.recipients_max", s.recipients_max,
        {.min = "100", .max = "100000", .help = "Recipients of one message; beyond: 452 4.5.3."});
  t.add("smtp.transactions_max", s.transactions_max,
        {.min = "1", .max = "1000000", .help = "Messages in one session."});
  t.add("smtp.errors_max", s.errors_max,
        {.min = "1", .max = "10000", .help = "Refused commands in one session; then 421."});
  declare_smtp_deadlines(t, s);
  t.add("smtp.sessions_max", s.sessions_max,
        {.min = "10", .max = "1000000", .help = "Sessions at once; beyond: 421."});
  t.add("smtp.sessions_per_client_max", s.sessions_per_client_max,
        {.min = "1",
         .max = "1000000",
         .help = "Sessions of one client address at once, over all loops; beyond: 421. Its network "
                 "may have smtp.client_network_factor times as many, but never more than a quarter "
                 "of those that are left of smtp.sessions_max."});
  declare_client_rates(t, s.client);
  declare_client_conduct(t, s.client);
  declare_client_exceptions(t, s.client);
  t.add("smtp.memory_budget", s.memory_budget,
        {.min = "16MiB",
         .max = "1024GiB",
         .help = "Octets of messages that may be in memory at once; none left: 452 4.3.1."});
  t.add("smtp.memory_client_percent", s.memory_client_percent,
        {.min = "1",
         .max = "99",
         .help = "What one client network (/24 of IPv4, /48 of IPv6) may have of the memory for "
                 "messages that come in while nobody else needs any; the more others hold, the "
                 "less it is, so that whoever comes next finds some. Beyond: 452 4.3.1."});
}

void declare_auth(settings_table& t, auth_settings& s) {
  t.add("auth.verify", s.verify,
        {.help = "Check SPF, DKIM, DMARC and ARC of what comes in. If not, nobody is refused for "
                 "what they say, no Authentication-Results field is written, and zones cannot ask "
                 "for authentication."});
  t.add(
      "auth.authserv_id", s.authserv_id,
      {.help = "The name under which results are written down (RFC 8601 section 2.5); the same on "
               "all nodes of a service. Empty: the host name."});
  t.add(
      "auth.timeout", s.timeout,
      {.min = "1s",
       .max = "5m",
       .help = "How long the checks of one message may wait for the DNS; then what is open counts "
               "as temperror. RFC 7208 section 4.6.4 asks for at least 20 seconds."});
  t.add("auth.signatures_max", s.signatures_max,
        {.min = "1",
         .max = "100",
         .help = "DKIM signatures of one message that are verified, from the top."});
  t.add("auth.refuse_partial_body", s.refuse_partial_body,
        {.help = "A DKIM signature that leaves a part of the body unsigned (l=) gets the result "
                 "policy instead of pass: anybody may have written that part. If not, it passes, "
                 "and the number of unsigned octets stands in Authentication-Results."});
  t.add("auth.trusted_sealers", s.trusted_sealers,
        {.help = "Domains (d= of ARC-Seal, exactly) whose word is believed: a message that fails "
                 "DMARC here is taken if it passed there, its ARC chain is valid, and nobody else "
                 "could have changed it since."});
}

void declare_delivery_connections(settings_table& t, delivery_settings& s) {
  t.add("delivery.port", s.port,
        {.min = "1", .max = "65535", .help = "Port of MX hosts; 25 but in closed networks."});
  t.add("delivery.routes", s.routes,
        {.help = "Static routes instead of MX look-ups: example.net=192.0.2.1:25, "
                 ".example.net=host.example:25 (subdomains), *=relay.example.org:587 (all)."});
  t.add("delivery.starttls", s.starttls,
        {.help = "Encrypt when the other side offers STARTTLS (opportunistic, RFC 7435)."});
  t.add("delivery.use_ipv4", s.use_ipv4, {.help = "Deliver over IPv4."});
  t.add("delivery.use_ipv6", s.use_ipv6, {.help = "Deliver over IPv6."});
  t.add("delivery.source_ipv4", s.source_ipv4,
        {.help = "Local address to connect from; empty: the kernel chooses."});
  t.add("delivery.source_ipv6", s.source_ipv6, {.help = "The same for IPv6."});
  t.add("delivery.connection_idle", s.connection_idle,
        {.min = "0s",
         .max = "5m",
         .help = "How long an unused connection is kept for the next message."});
  t.add("delivery.messages_per_connection_max", s.messages_per_connection_max,
        {.min = "1", .max = "100000", .help = "Messages over one connection."});
  t.add("delivery.concurrency_initial", s.concurrency_initial,
        {.min = "1", .max = "1000", .help = "Connections to one destination at first."});
  t.add("delivery.concurrency_max", s.concurrency_max,
        {.min = "1", .max = "1000", .help = "Connections to one destination at most."});
  t.add("delivery.connections_max", s.connections_max,
        {.min = "10",
         .max = "100000",
         .help = "Deliveries under way at once to all destinations, shared so that hosts that "
                 "never answer keep none from those that do; fewer if the process may not open so "
                 "many files."});
  t.add("delivery.suspend_first", s.suspend_first,
        {.min = "1s", .max = "1h", .help = "How long a dead destination is left alone at first."});
  t.add("delivery.suspend_max", s.suspend_max,
        {.min = "1s", .max = "1d", .help = "And at most; it doubles each time."});
}

void declare_delivery_timeouts(settings_table& t, delivery_settings& s) {
  const setting_notes bounds{.min = "1s", .max = "1h", .help = {}, .reload = false};
  const auto add = [&](const char* name, milliseconds& target, const char* help) {
    auto notes = bounds;
    notes.help = help;
    t.add(name, target, notes);
  };
  add("delivery.connect_timeout", s.connect_timeout, "Until a connection stands.");
  add("delivery.greeting_timeout", s.greeting_timeout,
      "Until the greeting (RFC 5321 section 4.5.3.2.1).");
  add("delivery.command_timeout", s.command_timeout,
      "Until the answer to EHLO, MAIL or RCPT (RFC 5321 section 4.5.3.2.2).");
  add("delivery.data_start_timeout", s.data_start_timeout,
      "Until the answer to DATA (RFC 5321 section 4.5.3.2.4).");
  add("delivery.data_block_timeout", s.data_block_timeout,
      "Until a block of the message is taken (RFC 5321 section 4.5.3.2.5).");
  add("delivery.data_end_timeout", s.data_end_timeout,
      "Until the answer to the final dot (RFC 5321 section 4.5.3.2.6). Shorter risks duplicates.");
  t.add("delivery.data_rate_min", s.data_rate_min,
        {.min = "0",
         .max = "1GiB",
         .help = "Octets of a message that a host must take in a second, on average, with "
                 "delivery.data_block_timeout on top; slower transfers are broken off and tried "
                 "again later. 0: any rate."});
  t.add("delivery.stop_patience", s.stop_patience,
        {.min = "0s",
         .max = "1h",
         .help = "When the node stops, an attempt that has not sent its message to the end after "
                 "so long is broken off, and made anew after the next start. The answer to a "
                 "message that was sent is waited for as long as node.shutdown_timeout."});
  t.add("delivery.attempt_deadline", s.attempt_deadline,
        {.min = "1m",
         .max = "1d",
         .help = "The longest that one attempt may take with all hosts it tries, besides the time "
                 "for the message at delivery.data_rate_min and for the answer to its final dot."});
}

void declare_queue(settings_table& t, queue_settings& s) {
  t.add(
      "queue.active_max", s.active_max,
      {.min = "100", .max = "10000000", .help = "Recipients held in memory for delivery at once."});
  t.add("queue.active_per_next_hop_max", s.active_per_next_hop_max,
        {.min = "10", .max = "10000000", .help = "The same for one destination domain."});
  t.add("queue.memory", s.memory,
        {.min = "16MiB",
         .max = "1024GiB",
         .help = "Octets of queued messages that may be in memory at once, apart from "
                 "smtp.memory_budget; what finds no room waits in the spool. Two messages of "
                 "smtp.message_size_max fit at least, whatever is set."});
  t.add("queue.memory_per_destination", s.memory_per_destination,
        {.min = "1MiB",
         .max = "1024GiB",
         .help = "The part of it that messages for one destination (the domains that share their "
                 "mail hosts) may take; one message at least."});
  t.add("queue.returned_message_max", s.returned_message_max,
        {.min = "0",
         .max = "100MiB",
         .help = "A bounce returns the whole message up to this size, else its header only. A "
                 "sender that neither SPF nor DKIM proves gets the header only."});
  t.add("queue.reports_per_address", s.reports.per_address,
        {.min = "1",
         .max = "65000",
         .help = "Reports (failures and delays) to one sender in an hour; more are not sent, and "
                 "the activity log says so."});
  t.add("queue.unproven_reports_per_address", s.reports.unproven_per_address,
        {.min = "0",
         .max = "65000",
         .help = "The same to a sender that neither SPF nor DKIM proves: it may never have "
                 "written."});
  t.add("queue.unproven_reports_per_domain", s.reports.unproven_per_domain,
        {.min = "0", .max = "65000", .help = "The same to all such senders of one domain."});
}

void declare_routing(settings_table& t, routing_settings& s) {
  t.add("routing.desk_threads", s.desk_threads,
        {.min = "1",
         .max = "64",
         .help = "Threads for recipients whose rules take too long for an event loop: zones with "
                 "many patterns, long chains of forwards. They share their time evenly among "
                 "accounts, and an account's among its zones."});
  t.add("routing.waiting_per_zone_max", s.waiting_per_zone_max,
        {.min = "1",
         .max = "10000",
         .help = "Such recipients of one zone that may wait; beyond: 451 4.3.2."});
  t.add("routing.pattern_memory", s.pattern_memory,
        {.min = "16MiB",
         .max = "64GiB",
         .help = "Octets that the compiled patterns of all zones may take; those that "
                 "were compiled first are thrown away, and compiled again when they are needed."});
}

void declare_signing(settings_table& t, signing_settings& s) {
  t.add("signing.enabled", s.enabled,
        {.help = "Sign and seal what is sent on. false: no key is read, mail goes unsigned."});
  t.add("signing.domain", s.domain,
        {.help = "The service's own domain: signs every message (DKIM) and seals it (ARC). Empty: "
                 "node.host_name."});
  t.add("signing.key_dir", s.key_dir,
        {.help = "Where `signpost dkim` keeps keys; looked at again when something changes. "
                 "Owner-only. Empty: dkim in the data directory."});
  t.add("signing.arc", s.arc,
        {.help = "Add an ARC set that hands on what was found out about the sender (RFC 8617)."});
  t.add("signing.forwarded_fields", s.forwarded_fields,
        {.help = "Add X-Forwarded-To and X-Forwarded-For to messages with one recipient."});
  t.add("signing.valid_for", s.valid_for,
        {.min = "1d",
         .max = "365d",
         .help = "How long a DKIM signature holds (x=). The record of a key that no longer signs "
                 "must stay at least so long."});
}

void declare_webhook(settings_table& t, webhook_settings& s) {
  t.add("webhook.timeout", s.timeout,
        {.min = "1s",
         .max = "10m",
         .help = "How long a webhook may take for one message, from connecting to its answer. "
                 "Shorter than its work takes means duplicates."});
  t.add("webhook.connect_timeout", s.connect_timeout,
        {.min = "1s", .max = "5m", .help = "Until the connection to a webhook stands, TLS too."});
  t.add("webhook.concurrency", s.concurrency,
        {.min = "1",
         .max = "1000",
         .help = "Requests to one webhook host at once, at most, for the zones of one account. For "
                 "all accounts together, four times as many."});
  t.add(
      "webhook.allow_private", s.allow_private,
      {.help = "Post to hosts with private, loopback or other internal addresses, too. Only where "
               "everybody who can write rules may reach the networks of this node."});
  t.add("webhook.ca_file", s.ca_file,
        {.help = "PEM file with the certificates that webhooks' hosts are checked against. Empty: "
                 "those of the operating system."});
}

}  // namespace

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
