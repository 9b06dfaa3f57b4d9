// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/client/lookup.hpp"
#include "apps/signpost/client/session.hpp"
#include "apps/signpost/commands/dkim_place.hpp"
#include "base/rfc3339.hpp"

namespace signpost::cli {
namespace {

/// The other node's signing.valid_for is not known; more than a week is unusual.
constexpr auto retired_kept_usual = std::chrono::days(7);

dkim_row row_of(const json& key) {
  const auto& record = member_of(key, "record");
  return {.domain = text_of(key, "domain"),
          .selector = text_of(key, "selector"),
          .type = text_of(key, "type"),
          .bits = number_of(key, "bits"),
          .state = text_of(key, "state"),
          .waits_for_record = key.value("waits_for_record", json()) == json(true),
          .created = parse_rfc3339(text_of(key, "created")).value_or(wall_time{}),
          .retired = parse_rfc3339(text_of(key, "retired")),
          .name = text_of(record, "name"),
          .value = text_of(record, "content")};
}

class key_server final : public dkim_place {
 public:
  explicit key_server(api_client client) : client_(std::move(client)) {}

  answer<std::vector<dkim_row>> list(const std::string& domain) override {
    if (domain.empty()) {
      return refuse(
          wrong_usage,
          "the domain is missing; a remote server can only be asked about one zone at a time",
          "`signpost zone list` shows the zones");
    }
    SP_TRY(const auto path, path_of(domain));
    SP_TRY(const auto got, client_.call("GET", path));
    std::vector<dkim_row> rows;
    for (const auto& key : got.result) rows.push_back(row_of(key));
    return rows;
  }

  answer<dkim_row> generate(const std::string& domain, const dkim_wish& wish) override {
    SP_TRY(const auto path, path_of(domain));
    json body{{"type", wish.type}, {"active", wish.when_seen}};
    if (!wish.selector.empty()) body["selector"] = wish.selector;
    SP_TRY(const auto made, client_.call("POST", path, body));
    auto row = row_of(made.result);
    if (!wish.active) return row;
    SP_CHECK(activate(domain, row.selector));
    row.state = "active";
    return row;
  }

  answer<void> activate(const std::string& domain, const std::string& selector) override {
    SP_TRY(const auto path, path_of(domain));
    SP_TRY(
        [[maybe_unused]] const auto changed,
        client_.call("POST", path + "/" + percent_encode(selector) + "/activate", json::object()));
    return {};
  }

  answer<void> remove(const std::string& domain, const std::string& selector) override {
    SP_TRY(const auto path, path_of(domain));
    SP_TRY([[maybe_unused]] const auto gone,
           client_.call("DELETE", path + "/" + percent_encode(selector)));
    return {};
  }

  [[nodiscard]] milliseconds retired_kept() const override { return retired_kept_usual; }
  [[nodiscard]] std::string name() const override { return client_.server().place(); }

 private:
  [[nodiscard]] answer<std::string> path_of(const std::string& domain) const {
    SP_TRY(const auto zone, zone_of(client_, domain));
    return own_zone_path(zone) + "/dkim";
  }

  api_client client_;
};

}  // namespace

std::unique_ptr<dkim_place> remote_keys(api_client client) {
  return std::make_unique<key_server>(std::move(client));
}

}  // namespace signpost::cli
