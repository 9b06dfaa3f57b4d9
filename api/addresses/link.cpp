// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/addresses/link.hpp"

#include <fmt/format.h>

#include "api/addresses/address_json.hpp"
#include "api/addresses/address_rules.hpp"
#include "api/addresses/mail_allowance.hpp"
#include "api/frame/body.hpp"
#include "api/frame/change.hpp"
#include "base/ip.hpp"
#include "base/text.hpp"
#include "proto/crypto/digest.hpp"

namespace signpost::api {
namespace {

struct named_address {
  std::string account;
  std::string id;
};

std::string base64url(std::span<const std::byte> octets) {
  auto text = to_base64(octets);
  while (text.ends_with('=')) text.pop_back();
  for (auto& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return text;
}

std::string signed_part(std::string_view account, std::string_view id, std::string_view expires) {
  return fmt::format("account={}&id={}&expires={}", account, id, expires);
}

std::string signature_of(const rest_world& world, std::string_view text,
                         std::string_view purpose = "verify") {
  return base64url(crypto::hmac_sha256(world.link_key, fmt::format("{} {}", purpose, text)));
}

// It shows a stranger's address, and its URL is a secret: no scripts, no frames, no referrer, no
// copy in a cache.
net::http_response page(int status, std::string_view title, std::string_view content) {
  return {
      .status = status,
      .body = fmt::format("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                          "<meta name=\"viewport\" content=\"width=device-width\">"
                          "<title>{0}</title></head>\n<body><h1>{0}</h1>\n{1}\n</body></html>\n",
                          html_escaped(title), content),
      .content_type = "text/html; charset=utf-8",
      .headers = {{"Content-Security-Policy",
                   "default-src 'none'; form-action 'self'; base-uri 'none'; "
                   "frame-ancestors 'none'"},
                  {"X-Content-Type-Options", "nosniff"},
                  {"X-Frame-Options", "DENY"},
                  {"Referrer-Policy", "no-referrer"},
                  {"Cache-Control", "no-store"}}};
}

net::http_response void_link() {
  return page(404, "This link is not valid",
              "<p>It may be incomplete, or the address has since been removed.</p>");
}

net::http_response expired_link() {
  return page(410, "This link has expired",
              "<p>Ask the person who added your address for a new verification mail.</p>");
}

net::http_response not_now() {
  return page(503, "Not possible right now", "<p>Please try again in a few minutes.</p>");
}

tl::expected<named_address, net::http_response> checked(const rest_world& world,
                                                        const net::http_request& request) {
  const auto account = request.parameter("account").value_or("");
  const auto id = request.parameter("id").value_or("");
  const auto expires = request.parameter("expires").value_or("");
  const auto signature = request.parameter("signature").value_or("");
  // Checked first, so that a link that this node did not sign costs no look-up and reveals nothing.
  const auto want = signature_of(world, signed_part(account, id, expires));
  const auto until = parse_uint(expires);
  if (world.link_key.empty() || !crypto::constant_time_equal(want, signature) || !until) {
    return tl::unexpected(void_link());
  }
  const auto now = std::chrono::floor<seconds>(world.time.now()).time_since_epoch().count();
  if (now < 0 || *until <= static_cast<std::uint64_t>(now)) return tl::unexpected(expired_link());
  return named_address{.account = account, .id = id};
}

// GET only asks (RFC 9110 §9.2.1): scanners and previews open the links of mails.
net::http_response question(const model::destination_address& address) {
  const auto email = html_escaped(address.email);
  if (address.verified) {
    return page(200, "Already confirmed", fmt::format("<p>{} is confirmed.</p>", email));
  }
  return page(200, "Confirm your address",
              fmt::format("<p>Do you want mail to be forwarded to <b>{}</b>?</p>\n"
                          "<form method=\"post\"><button type=\"submit\">Confirm</button></form>\n"
                          "<p>If you do not, close this page; nothing will be sent to you.</p>",
                          email));
}

model::audit_entry entry_of(const rest_world& world, const net::http_request& request,
                            const model::destination_address& before,
                            const model::destination_address& after) {
  model::audit_entry e;
  e.id = new_object_id(world.random);
  e.when = world.time.now();
  e.action = "verify";
  e.account = after.account;
  e.resource_type = address_resource;
  e.resource_id = after.id;
  e.actor_id = "link";
  e.actor_name = "verification link";
  e.actor_ip = request.peer;
  e.before_json = to_text(address_json(before));
  e.after_json = to_text(address_json(after));
  e.method = request.method;
  e.uri = request.path;
  e.user_agent = printable(request.header("User-Agent"), 200);
  e.http_status = 200;
  return e;
}

rule_audit rule_audit_of(const rest_world& world, const net::http_request& request,
                         const model::destination_address& a) {
  return [&](std::string_view action, const model::rule_object& rule, const json& before,
             const json& after) {
    auto e = entry_of(world, request, a, a);
    e.action = action;
    e.resource_type = "email_routing_rule";
    e.resource_id = rule.id;
    e.before_json = to_text(before);
    e.after_json = to_text(after);
    return e;
  };
}

net::http_response confirm(const rest_world& world, const net::http_request& request,
                           const named_address& name) {
  using model::destination_address;
  const auto done = commit_change<destination_address>(
      world, "address", [&](model::control_transaction& t) -> answer<destination_address> {
        SP_TRY(const auto before, ask(t.address(name.account, name.id), "address"));
        // Pressing the button twice is not a second change in the audit log.
        if (before.verified) return before;
        auto after = before;
        after.verified = after.modified = world.time.now();
        SP_CHECK(ask(t.put(after), "address"));
        t.audit(entry_of(world, request, before, after));
        SP_CHECK(restore_rules(t, after, after.modified, rule_audit_of(world, request, after)));
        return after;
      });
  if (done) {
    return page(200, "Thank you",
                fmt::format("<p>{} is confirmed. Mail can now be forwarded to it.</p>",
                            html_escaped(done->email)));
  }
  if (done.error().http_status == 404) return void_link();
  return not_now();
}

// ---- the link that stops further mails ---------------------------------------------------------

net::http_response stop_page(std::string_view query, bool stopped) {
  const auto button = [&](std::string_view wish, std::string_view label) {
    return fmt::format("<form method=\"post\" action=\"?{}&amp;wish={}\">"
                       "<button type=\"submit\">{}</button></form>",
                       html_escaped(query), wish, label);
  };
  if (stopped) {
    return page(
        200, "No more of these messages",
        "<p>This service will send no verification messages to your mailbox for one year.</p>\n"
            + button("go_on", "Allow them again"));
  }
  return page(200, "Stop these messages?",
              "<p>Someone asked for mail to be forwarded to your mailbox. If that was not you, you "
              "can stop further messages of this kind.</p>\n"
                  + button("stop", "Stop sending them"));
}

model::audit_entry stop_entry(const rest_world& world, const net::http_request& request,
                              std::string_view mark, bool stop) {
  model::audit_entry e;
  e.id = new_object_id(world.random);
  e.when = world.time.now();
  e.action = stop ? "stop" : "go_on";
  e.resource_type = "verification_mails";
  e.resource_id = mark;
  e.actor_id = "link";
  e.actor_name = "stop link";
  e.actor_ip = request.peer;
  e.method = request.method;
  e.uri = request.path;
  e.user_agent = printable(request.header("User-Agent"), 200);
  e.http_status = 200;
  return e;
}

net::http_response turn(const rest_world& world, const net::http_request& request,
                        std::string_view mark, std::string_view query) {
  const bool stop = request.parameter("wish").value_or("") != "go_on";
  const auto done = world.store->change<void>([&](model::control_transaction& t) -> result<void> {
    SP_TRY(const auto turned, set_stopped(t, mark, stop, world.time.now()));
    if (turned) t.audit(stop_entry(world, request, mark, stop));
    return {};
  });
  if (done) return stop_page(query, stop);
  if (done.error().code != errc::limit_exceeded) return not_now();
  return page(429, "Too many changes",
              "<p>This was changed too many times. The current choice stays in effect.</p>");
}

net::http_response answer_stop(const rest_world& world, const net::http_request& request) {
  const auto mark = request.parameter("mailbox").value_or("");
  const auto signature = request.parameter("signature").value_or("");
  const auto text = "mailbox=" + mark;
  if (world.link_key.empty()
      || !crypto::constant_time_equal(signature_of(world, text, "stop"), signature)) {
    return void_link();
  }
  const auto query = fmt::format("{}&signature={}", text, signature);
  if (request.method == "POST") return turn(world, request, mark, query);
  const auto stopped = is_stopped(*world.store->read(), mark, world.time.now());
  return stopped ? stop_page(query, *stopped) : not_now();
}

}  // namespace

std::string stop_link(const rest_world& world, std::string_view email) {
  const auto text = "mailbox=" + mailbox_mark(email, world.limits.mails);
  return fmt::format("{}/verify/stop?{}&signature={}", world.public_url, text,
                     signature_of(world, text, "stop"));
}

std::string verification_link(const rest_world& world, const model::destination_address& address) {
  const auto until = std::chrono::floor<seconds>(world.time.now() + link_lifetime);
  const auto text =
      signed_part(address.account, address.id, std::to_string(until.time_since_epoch().count()));
  return fmt::format("{}/verify?{}&signature={}", world.public_url, text,
                     signature_of(world, text));
}

// Nothing in it is the account's own text: we sign it, and its reader did not ask for it.
own_mail verification_mail(const rest_world& world, const model::destination_address& address) {
  return {.to = address.email,
          .subject = "Confirm your address for forwarded mail",
          .text = fmt::format(
              "Someone wants to forward mail to this address, {}.\n\n"
              "They are using the account {} at {}.\n\n"
              "If you agree, open this page within 7 days and confirm:\n\n"
              "{}\n\n"
              "If you do not, ignore this message; nothing will be forwarded to you.\n\n"
              "Did not request this? Stop these messages here:\n\n"
              "{}\n",
              address.email, address.account, world.host_name, verification_link(world, address),
              stop_link(world, address.email))};
}

std::optional<net::http_response> verification_page(const rest_world& world,
                                                    const net::http_request& request) {
  const bool stop = request.path == "/verify/stop";
  if (request.path != "/verify" && !stop) return std::nullopt;
  const bool post = request.method == "POST";
  if (!post && request.method != "GET" && request.method != "HEAD") {
    auto refused = page(405, "Method not allowed", "");
    refused.headers.push_back({"Allow", "GET, HEAD, POST"});
    return refused;
  }
  if (stop) return answer_stop(world, request);
  const auto name = checked(world, request);
  if (!name) return name.error();
  if (post) return confirm(world, request, *name);
  const auto address = world.store->read()->address(name->account, name->id);
  if (address) return question(*address);
  if (address.error().code == errc::not_found) return void_link();
  return not_now();
}

bool is_loopback_url(std::string_view url) {
  const auto from = url.find("://");
  if (from == std::string_view::npos) return false;
  const auto authority = url.substr(from + 3, url.find('/', from + 3) - from - 3);
  if (const auto where = endpoint::parse(authority)) return where->address.is_loopback();
  const auto host = to_lower(authority.substr(0, authority.rfind(':')));
  const auto address = ip_address::parse(host);
  return address ? address->is_loopback() : host == "localhost" || host.ends_with(".localhost");
}

}  // namespace signpost::api
