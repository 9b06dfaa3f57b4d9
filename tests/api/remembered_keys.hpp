// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// DKIM keys that are only remembered.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/frame/dkim_service.hpp"
#include "tests/storage/temporary_folder.hpp"

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

  std::vector<api::wanted_record> records(std::string_view domain) override {
    if (published) return *published;
    return {{.type = "TXT",
             .name = "s1._domainkey." + std::string(domain),
             .content = "v=DKIM1; k=rsa; p=QUJD",
             .priority = {}}};
  }

  std::vector<view> keys;
  std::optional<std::vector<api::wanted_record>> published;  ///< not set: one key of every domain

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

}  // namespace signpost::test
