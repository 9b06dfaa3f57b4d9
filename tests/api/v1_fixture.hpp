// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The endpoints of ours over the real store, a real spool, and DKIM keys that are only remembered.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/api/routing_fixture.hpp"
#include "tests/storage/support.hpp"

namespace signpost::test {

/// Keys without secrets.
class remembered_keys final : public api::dkim_service {
 public:
  using view = api::dkim_key_view;

  result<std::vector<view>> list(std::string_view domain) override {
    std::vector<view> out;
    for (const auto& key : keys) {
      if (key.domain == domain) out.push_back(key);
    }
    return out;
  }
  result<view> generate(std::string_view domain,
                        const api::dkim_key_request& wanted) override {
    auto selector = wanted.selector.empty() ? std::string("s1") : wanted.selector;
    if (find(domain, selector) != nullptr) return fail(errc::conflict, "the selector is taken");
    keys.push_back({.domain = std::string(domain),
                    .selector = selector,
                    .type = wanted.type,
                    .state = wanted.active ? "active" : "pending",
                    .created = storage::start,
                    .retired = {},
                    .record = {.type = "TXT",
                               .name = selector + "._domainkey." + std::string(domain),
                               .content = "v=DKIM1; p=QUJD",
                               .priority = {}}});
    return keys.back();
  }
  result<view> activate(std::string_view domain, std::string_view selector) override {
    return set(domain, selector, "active");
  }
  result<view> retire(std::string_view domain, std::string_view selector) override {
    return set(domain, selector, "retired");
  }
  result<void> remove(std::string_view domain, std::string_view selector) override {
    const auto* const key = find(domain, selector);
    if (key == nullptr) return fail(errc::not_found, "key");
    if (key->state == "active") return fail(errc::conflict, "the key signs");
    std::erase_if(keys, [&](const auto& k) { return &k == key; });
    return {};
  }

  std::vector<view> keys;

 private:
  view* find(std::string_view domain, std::string_view selector) {
    for (auto& key : keys) {
      if (key.domain == domain && key.selector == selector) return &key;
    }
    return nullptr;
  }
  result<view> set(std::string_view domain, std::string_view selector, std::string_view state) {
    auto* const key = find(domain, selector);
    if (key == nullptr) return fail(errc::not_found, "key");
    key->state = state;
    return *key;
  }
};

class v1_api : public routing_api {
 protected:
  v1_api() { open_gate(own_world()); }
  ~v1_api() override { gate.reset(); }

  void open_gate(api::rest_world w) {
    gate = std::make_unique<api::gateway>(std::move(w), 1);
  }

  api::rest_world own_world() {
    auto w = world();
    w.spool = spool.get();
    w.retry = recorder("retry");
    w.remove = recorder("remove");
    w.dkim = &keys;
    w.service_domain = "signpost.example";
    w.webhook_secret = [](std::string_view zone, std::string_view rule) {
      return "secret of " + std::string(zone) + " " + std::string(rule);
    };
    w.rewritten_sender = [](std::string_view sender, std::string_view zone) {
      return "rewritten " + std::string(sender) + " at " + std::string(zone);
    };
    return w;
  }

  /// Under /signpost/v1.
  reply own(std::string_view method, std::string_view path, const json& body = nullptr,
            std::string_view token = {}) {
    net::http_request request;
    request.method = method;
    const auto mark = path.find('?');
    request.path = "/signpost/v1" + std::string(path.substr(0, mark));
    if (mark != std::string_view::npos) request.query = path.substr(mark + 1);
    request.headers = {{"Authorization", "Bearer " + std::string(token.empty() ? admin : token)}};
    request.peer = "192.0.2.7";
    if (!body.is_null()) request.body = body.dump();
    auto raw = gate->call(request);
    EXPECT_TRUE(is_documented(request, raw));
    return {.status = raw.status, .body = json::parse(raw.body, nullptr, false), .raw = raw};
  }

  /// A token that may do this in the zone and nothing else.
  std::string token_for(std::string_view group, const std::string& zone_id) {
    json policy{{"effect", "allow"}};
    for (const auto& g : api::permission_groups()) {
      if (g.name == group) policy["permission_groups"] = json::array({{{"id", g.id}}});
    }
    policy["resources"] = {{"com.cloudflare.api.account.zone." + zone_id, "*"}};
    const auto made =
        call("POST", "/user/tokens", {{"name", "narrow"}, {"policies", json::array({policy})}});
    EXPECT_EQ(made.status, 200) << made.raw.body;
    return made.result().at("value").get<std::string>();
  }

  /// The newest entry of the audit log.
  model::audit_entry last_audit() {
    const auto log = store->read()->audit_log({.account = {}, .since = {}, .before = {}, .max = 1});
    EXPECT_TRUE(log.has_value() && !log->entries.empty());
    return log && !log->entries.empty() ? log->entries.front() : model::audit_entry();
  }

  struct command {
    std::string verb;
    std::string id;
    std::string next_hop;
    friend bool operator==(const command&, const command&) = default;
  };
  api::queue_action recorder(std::string verb) {
    return [this, verb = std::move(verb)](const std::optional<model::queue_id>& id,
                                          const std::string& next_hop, auto done) {
      commands.push_back({verb, id ? id->to_string() : "", next_hop});
      done(outcome);
    };
  }

  std::unique_ptr<storage::spool> spool =
      storage::must_open({.path = folder.path() + "/spool", .time = &time});
  remembered_keys keys;
  std::vector<command> commands;
  result<std::size_t> outcome = std::size_t{2};
};

/// The whole of a literal matcher.
inline json to_address(std::string_view address) {
  return {{"type", "literal"}, {"field", "to"}, {"value", address}};
}

inline json rule_of(json matchers, json action) {
  return {{"matchers", std::move(matchers)}, {"actions", json::array({std::move(action)})}};
}

}  // namespace signpost::test
