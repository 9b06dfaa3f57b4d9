// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/control_secrets.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <optional>

#include "api/frame/access.hpp"
#include "api/gateway.hpp"
#include "apps/config/private_files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/whole_file.hpp"

namespace signpost {
namespace {

const logger log_("signpostd.control");

constexpr std::string_view link_key_name = "link_key";
constexpr std::size_t key_octets = 32;
constexpr const char* other_token_hint =
    "on this machine you can create a token without having one: signpost token create";

std::string random_octets(random_source& random) {
  std::array<std::byte, key_octets> octets{};
  random.fill(octets);
  return std::string(as_text(octets));
}

}  // namespace

result<bool> prepare_administrator(model::control_store& store, const std::string& path,
                                   const clock& time, random_source& random) {
  const auto now = store.read();
  SP_TRY(const auto accounts, now->accounts({.page = 1, .per_page = 1}));
  SP_TRY(const auto tokens, now->tokens("", {.page = 1, .per_page = 1}));
  if (accounts.total > 0 && tokens.total > 0) return false;
  if (access(path.c_str(), F_OK) == 0) {
    // A token of another store, or a wrong path: neither is overwritten.
    const auto text = "api.admin_token_file: " + path
                      + " exists, but the store has no administrator token; move the file away";
    if (accounts.total == 0) return fail(errc::conflict, text);
    log_.error("api.no_administrator_token", {{"error", text}, {"hint", other_token_hint}});
    return false;
  }
  SP_TRY(const auto token, api::prepare_store(store, time, random));
  if (!token) return false;
  const whole_file_promise fresh{.existing = existing_file::kept};
  if (const auto written = write_whole_file(path, *token + "\n", fresh); !written) {
    log_.error("api.token_not_written",
               {{"error", written.error().context}, {"hint", other_token_hint}});
    return false;
  }
  log_.info("api.administrator_token", {{"file", path}});
  std::printf("signpostd: the administrator's token is in %s\n", path.c_str());
  std::fflush(stdout);
  return true;
}

result<std::string> prepare_link_key(model::control_store& store, const clock& time,
                                     random_source& random) {
  auto key = store.read()->setting(link_key_name);
  if (key || key.error().code != errc::not_found) return key;
  auto made = random_octets(random);
  const auto keep = [&](model::control_transaction& t) -> result<void> {
    // Another node may have been faster.
    if (auto others = t.setting(link_key_name)) {
      made = std::move(*others);
      return {};
    }
    SP_CHECK(t.put_setting(link_key_name, made));
    model::audit_entry e;
    e.id = api::new_object_id(random);
    e.when = time.now();
    e.action = "create";
    e.resource_type = "link_key";
    e.actor_id = "signpostd";
    e.actor_name = "signpostd";
    t.audit(std::move(e));
    return {};
  };
  SP_CHECK(store.change<void>(keep));
  return made;
}

result<std::string> prepare_webhook_key(const std::string& path, random_source& random) {
  if (access(path.c_str(), F_OK) != 0) {
    SP_CHECK(write_whole_file(path, to_hex(as_bytes(random_octets(random))) + "\n",
                              {.existing = existing_file::kept}));
  }
  SP_TRY(const auto text, config::read_private_file(path, 4096));
  auto key = std::string(trim(text));
  if (key.size() != 2 * key_octets || key.find_first_not_of("0123456789abcdef") != key.npos) {
    return fail(errc::malformed, path + ": not 64 hexadecimal digits");
  }
  return key;
}

}  // namespace signpost
