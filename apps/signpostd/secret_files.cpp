// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/secret_files.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps/config/dkim_keys.hpp"
#include "base/text.hpp"
#include "base/whole_file.hpp"
#include "net/tls/tls_context.hpp"
#include "proto/srs/rewriter.hpp"

namespace signpost {
namespace {

constexpr std::size_t secrets_octets_max = 64 * 1024;
/// Of the unit and apps/signpostd/signpost.sysusers.
constexpr const char* node_user = "signpost";

using faults = std::vector<std::string>;

template <typename T>
void note(faults& out, const std::string& setting, const result<T>& outcome) {
  if (!outcome) out.push_back(setting + ": " + outcome.error().context);
}

// `area` is that of both settings: `smtp`, `api`.
void check_pair(faults& out, const std::string& area, const std::string& certificate,
                const std::string& key, const secret_reader& reader) {
  if (certificate.empty() || key.empty()) return;
  const auto readable = read_secret_file(key, secrets_octets_max, reader);
  if (!readable) return note(out, area + ".tls_key", readable);
  const auto loaded =
      net::tls_server_context::load({.certificate = certificate, .key = key}, {}, reader);
  const bool of_key = !loaded && loaded.error().context.starts_with(key);
  note(out, area + (of_key ? ".tls_key" : ".tls_certificate"), loaded);
}

void check_dkim_keys(faults& out, const std::string& directory) {
  const config::dkim_keys keys(directory);
  const auto domains = keys.domains();
  note(out, "signing.key_dir", domains);
  if (!domains) return;
  for (const auto& domain : *domains) note(out, "signing.key_dir", keys.active(domain));
}

}  // namespace

std::string srs_secret_path(const daemon_settings& s) {
  return s.srs_secret_file.empty() ? s.data_dir + "/srs_secrets" : s.srs_secret_file;
}

std::string webhook_secret_path(const daemon_settings& s) {
  return s.data_dir + "/webhook-secret";
}

std::string admin_token_path(const daemon_settings& s) {
  return s.api.admin_token_file.empty() ? s.data_dir + "/admin-token" : s.api.admin_token_file;
}

result<std::vector<std::string>> read_srs_secrets(const std::string& path,
                                                  const secret_reader& reader) {
  SP_TRY(const auto text, read_secret_file(path, secrets_octets_max, reader));
  std::vector<std::string> secrets;
  int number = 0;
  for (const auto line : split(text, '\n')) {
    ++number;
    const auto secret = std::string(trim(line));
    if (secret.empty() || secret.starts_with('#')) continue;
    if (const auto ok = srs::validate_secret(secret); !ok) {
      return fail(errc::malformed, path + ":" + std::to_string(number) + ": " + ok.error().context);
    }
    secrets.push_back(secret);
  }
  if (secrets.empty()) {
    return fail(errc::malformed, path + ": contains no secret; write one line of at least "
                                     + std::to_string(srs::secret_octets_min)
                                     + " random characters");
  }
  return secrets;
}

secret_reader node_reader(const daemon_settings& s) {
  if (::geteuid() != 0) return secret_reader::this_process();
  struct stat about {};
  if (::stat(s.data_dir.c_str(), &about) == 0) return secret_reader::of_user(about.st_uid);
  const auto* const known = ::getpwnam(node_user);
  return known == nullptr ? secret_reader::this_process() : secret_reader::of_user(known->pw_uid);
}

std::vector<std::string> check_secret_files(const daemon_settings& s) {
  const auto reader = node_reader(s);
  faults out;
  const auto& smtp = s.mail.smtp;
  check_pair(out, "smtp", smtp.tls_certificate, smtp.tls_key, reader);
  check_pair(out, "api", s.api.tls_certificate, s.api.tls_key, reader);
  const auto srs_path = srs_secret_path(s);
  if (!s.srs_secret_file.empty() || file_exists(srs_path)) {
    note(out, "srs.secret_file", read_srs_secrets(srs_path, reader));
  }
  for (const auto& path : {webhook_secret_path(s), admin_token_path(s)}) {
    if (file_exists(path)) note(out, "secrets", read_secret_file(path, secrets_octets_max, reader));
  }
  if (file_exists(dkim_directory(s))) check_dkim_keys(out, dkim_directory(s));
  return out;
}

}  // namespace signpost
