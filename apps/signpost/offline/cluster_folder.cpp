// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/offline/cluster_folder.hpp"


#include <array>

#include "apps/config/private_files.hpp"
#include "base/text.hpp"
#include "base/whole_file.hpp"
#include "cluster/link/identity.hpp"
#include "net/tls/certificate_authority.hpp"

namespace signpost::cli {
namespace {

constexpr auto authority_valid_for = std::chrono::days(3650);
/// Clocks of other nodes may be behind.
constexpr auto backdated = std::chrono::hours(1);
constexpr std::size_t id_octets_max = 128;
constexpr mode_t public_mode = 0644;

template <std::size_t Octets>
std::string drawn(random_source& random) {
  std::array<std::byte, Octets> octets{};
  random.fill(octets);
  return to_hex(octets);
}

// Only the name of what exists is refused, and nothing is written before that is clear.
result<void> must_be_free(const std::string& path) {
  for (const auto* name : {"/ca.crt", "/ca.key", "/cluster.id", "/cluster.secret"}) {
    if (file_exists(path + name)) return fail(errc::conflict, path + name + ": the file exists");
  }
  return {};
}

result<void> copy_secret(const std::string& from, const std::string& to) {
  SP_TRY(const auto text, config::read_private_file(from, net::pem_octets_max));
  return config::write_private_file(to, text);
}

result<void> copy_public(const std::string& from, const std::string& to) {
  SP_TRY(const auto text, net::read_pem_file(from));
  return write_whole_file(to, text, {.mode = public_mode, .for_owner_of_folder = true});
}

}  // namespace

result<std::string> cluster_folder::create(wall_time now, random_source& random) const {
  SP_CHECK(config::make_private_directory(path_));
  SP_CHECK(must_be_free(path_));
  const auto id = drawn<16>(random);
  SP_TRY(const auto authority, net::make_authority("Signpost cluster " + id.substr(0, 8),
                                                   now - backdated, now + authority_valid_for));
  SP_CHECK(config::write_private_file(path_ + "/ca.key", authority.key));
  const whole_file_promise for_all{.existing = existing_file::kept, .mode = public_mode};
  SP_CHECK(config::write_private_file(
      path_ + "/cluster.secret",
      "# Seals secrets in the control database. The first key seals, all of them open.\n"
          + drawn<32>(random) + "\n"));
  SP_CHECK(write_whole_file(path_ + "/cluster.id", id + "\n", for_all));
  SP_CHECK(write_whole_file(path_ + "/ca.crt", authority.certificate, for_all));
  return id;
}

result<std::string> cluster_folder::id_of(const std::string& folder) {
  const auto path = folder + "/cluster.id";
  SP_TRY(const auto text, net::read_pem_file(path));
  const auto id = std::string(trim(std::string_view(text).substr(0, id_octets_max)));
  if (!cluster::link::is_drawn_id(id)) {
    return fail(errc::malformed, path + ": not the id of a cluster (32 hexadecimal digits)");
  }
  return id;
}

net::mutual_tls_files cluster_folder::files_of(const std::string& node_folder) {
  return {.certificate = node_folder + "/node.crt",
          .key = node_folder + "/node.key",
          .authority = node_folder + "/ca.crt"};
}

result<wall_time> cluster_folder::issue(const node_wish& wish, wall_time now) const {
  if (!cluster::link::is_node_name(wish.name)) {
    return fail(errc::malformed, "'" + printable(wish.name, 80)
                                     + "' is not a node's name: letters in lower case, digits and "
                                       "hyphens inside, at most 63, for example mx1");
  }
  SP_TRY(const auto id, id_of(path_));
  SP_TRY(const auto certificate, net::read_pem_file(path_ + "/ca.crt"));
  SP_TRY(const auto key, config::read_private_file(path_ + "/ca.key", net::pem_octets_max));
  const cluster::link::identity who{.cluster = id, .name = wish.name, .roles = wish.roles};
  SP_TRY(const auto made,
         net::issue_certificate({.certificate = certificate, .key = key},
                                {.common_name = wish.name,
                                 .uris = {cluster::link::identity_uri(who)},
                                 .from = now - backdated,
                                 .until = now + wish.valid_for}));
  const auto folder = node_path(wish.name);
  const auto files = files_of(folder);
  SP_CHECK(config::make_private_directory(folder));
  SP_CHECK(config::write_private_file(files.key, made.key));
  SP_CHECK(write_whole_file(files.certificate, made.certificate,
                            {.mode = public_mode, .for_owner_of_folder = true}));
  SP_CHECK(copy_public(path_ + "/ca.crt", files.authority));
  SP_CHECK(copy_public(path_ + "/cluster.id", folder + "/cluster.id"));
  SP_CHECK(copy_secret(path_ + "/cluster.secret", folder + "/cluster.secret"));
  SP_TRY(const auto facts, net::read_certificate(made.certificate));
  return facts.until;
}

}  // namespace signpost::cli
