// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "apps/config/dkim_keys.hpp"
#include "apps/signpost/client/session.hpp"
#include "apps/signpost/commands/dkim_place.hpp"
#include "proto/dkim/signer.hpp"

namespace signpost::cli {
namespace {

/// What is under way or waits in a queue when a key is retired is verified by its record.
constexpr auto retired_kept_min = std::chrono::days(7);

dkim_row row_of(const config::dkim_key& key) {
  const bool retired = key.state == config::dkim_key_state::retired;
  return {.domain = key.domain,
          .selector = key.selector,
          .type = std::string(crypto::to_string(key.type)),
          .bits = static_cast<std::uint64_t>(key.key->bits()),
          .state = std::string(config::to_string(key.state)),
          .waits_for_record = key.when_seen,
          .created = key.created,
          .retired = retired ? std::optional(key.retired) : std::nullopt,
          .name = key.record_name(),
          .value = dkim::key_record_text(key.key->public_half())};
}

class key_directory final : public dkim_place {
 public:
  explicit key_directory(const command_context& context)
      : context_(context), keys_(dkim_directory(context.settings.values())) {}

  answer<std::vector<dkim_row>> list(const std::string& domain) override {
    std::vector<std::string> domains{domain};
    if (domain.empty()) {
      auto found = keys_.domains();
      if (!found) return failed(found.error());
      domains = std::move(*found);
    }
    std::vector<dkim_row> rows;
    for (const auto& one : domains) {
      const auto some = keys_.list(one);
      if (!some) return failed(some.error());
      std::ranges::transform(*some, std::back_inserter(rows), row_of);
    }
    return rows;
  }

  answer<dkim_row> generate(const std::string& domain, const dkim_wish& wish) override {
    const auto type = wish.type == "ed25519" ? crypto::key_type::ed25519 : crypto::key_type::rsa;
    const auto made = keys_.generate(
        domain,
        {.type = type,
         .selector = wish.selector,
         .active = wish.active,
         .when_seen = wish.when_seen},
        now());
    if (!made) return failed(made.error());
    return row_of(*made);
  }

  answer<void> activate(const std::string& domain, const std::string& selector) override {
    if (auto ok = keys_.activate(domain, selector, now()); !ok) return failed(ok.error());
    return {};
  }

  answer<void> remove(const std::string& domain, const std::string& selector) override {
    if (auto ok = keys_.remove(domain, selector); !ok) return failed(ok.error());
    return {};
  }

  [[nodiscard]] milliseconds retired_kept() const override {
    return std::max<milliseconds>(retired_kept_min,
                                  context_.settings.values().mail.signing.valid_for);
  }
  [[nodiscard]] std::string name() const override { return keys_.directory(); }

 private:
  [[nodiscard]] wall_time now() const { return context_.to.time.now(); }
  [[nodiscard]] tl::unexpected<no_answer> failed(const error& why) const {
    const bool usage = why.code == errc::malformed || why.code == errc::denied;
    auto text = why.context;
    if (why.code == errc::not_found && text.find("No such file") != std::string::npos) {
      text +=
          fmt::format("; is {} the node's data directory?", context_.settings.values().data_dir);
    }
    return refuse(usage ? wrong_usage : negative, std::move(text));
  }

  const command_context& context_;
  config::dkim_keys keys_;
};

}  // namespace

answer<std::unique_ptr<dkim_place>> local_keys(const command_context& context) {
  if (!context.settings.mistakes().empty()) {
    return refuse(wrong_usage, context.settings.mistakes().front());
  }
  return std::make_unique<key_directory>(context);
}

}  // namespace signpost::cli
