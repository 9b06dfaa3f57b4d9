// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The node's DKIM keys for the client API: the same directory that `signpost dkim` works on.
//
// Threads: any.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/frame/dkim_service.hpp"
#include "apps/config/dkim_keys.hpp"

namespace signpost {

class dkim_key_service final : public api::dkim_service {
 public:
  /// `changed` is called after every change, before its caller is answered.
  dkim_key_service(std::string directory, const clock& time, std::function<void()> changed)
      : keys_(std::move(directory)), time_(time), changed_(std::move(changed)) {}

  [[nodiscard]] result<std::vector<api::dkim_key_view>> list(
      std::string_view domain) override;
  result<api::dkim_key_view> generate(std::string_view domain,
                                            const api::dkim_key_request& wanted) override;
  result<api::dkim_key_view> activate(std::string_view domain,
                                            std::string_view selector) override;
  result<api::dkim_key_view> retire(std::string_view domain,
                                          std::string_view selector) override;
  result<void> remove(std::string_view domain, std::string_view selector) override;
  void put_away(std::string_view domain, std::string_view zone_id) override;
  void bring_back(std::string_view domain, std::string_view zone_id) override;
  void discard(std::string_view domain, std::string_view zone_id, bool in_use) override;
  [[nodiscard]] std::vector<api::wanted_record> records(std::string_view domain) override;

 private:
  void hand_over(std::string_view domain, std::string_view zone_id,
                 const std::function<result<void>()>& move);
  [[nodiscard]] result<api::dkim_key_view> view_of(std::string_view domain,
                                                         std::string_view selector) const;

  config::dkim_keys keys_;
  const clock& time_;
  std::function<void()> changed_;
};

}  // namespace signpost
