// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpostd/data_directory.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "apps/signpostd/secret_files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/whole_file.hpp"

namespace signpost {
namespace {

const logger log_("signpostd.data");

std::string reason() {
  return std::strerror(errno);
}

}  // namespace

result<void> prepare_data_directory(const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail(errc::denied, "node.data_dir: " + path + " cannot be created: " + reason());
  }
  struct stat info {};
  if (stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    return fail(errc::denied, "node.data_dir: " + path + " is not a directory");
  }
  if (access(path.c_str(), R_OK | W_OK | X_OK) != 0) {
    return fail(errc::denied, "node.data_dir: " + path + " is not writable: " + reason());
  }
  return {};
}

result<srs::options> load_srs_options(const daemon_settings& s, random_source& random) {
  const auto path = srs_secret_path(s);
  if (s.srs_secret_file.empty() && !file_exists(path)) {
    // Of a node that has run before: what it sent cannot come back.
    if (file_exists(s.data_dir + "/spool/CURRENT")) {
      log_.error("srs.secrets_gone", {{"path", path},
                                      {"hint",
                                       "new ones are created, and bounces of mail forwarded before "
                                       "are refused; restore the file from a backup"}});
    }
    std::array<std::byte, 32> secret{};
    random.fill(secret);
    SP_CHECK(write_whole_file(path, to_base64(secret) + "\n",
                              {.existing = existing_file::kept}));
  }
  srs::options o;
  SP_TRY(o.secrets, read_srs_secrets(path, secret_reader::this_process()));
  o.separator = s.srs_separator.front();
  o.hash_length = static_cast<std::size_t>(s.srs_hash_length);
  o.short_hashes_until = end_of_day(s.srs_short_hashes_until);
  o.max_age = std::chrono::duration_cast<std::chrono::days>(s.srs_max_age);
  return o;
}

result<net::tls_key_pair_files> prepare_certificate(const daemon_settings& s) {
  if (!s.mail.smtp.tls_certificate.empty()) {
    return net::tls_key_pair_files{.certificate = s.mail.smtp.tls_certificate,
                                   .key = s.mail.smtp.tls_key};
  }
  net::tls_key_pair_files files{.certificate = s.data_dir + "/tls.crt",
                                .key = s.data_dir + "/tls.key"};
  if (!file_exists(files.certificate) || !file_exists(files.key)) {
    SP_CHECK(net::make_self_signed(s.host_name, files));
  }
  return files;
}

}  // namespace signpost
