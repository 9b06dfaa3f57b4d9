// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Files with secrets: who may be able to read them apart from their user.
//
// One rule for all of them, SRS secrets, private keys and tokens:
//
// - the file belongs to the reader or to root;
// - others have no access; a group has some only if it is one of the reader's own (a key of
//   root:ssl-cert with mode 0640, a volume that Kubernetes has given to the pod's group);
// - only its owner and its group can replace it: no directory above it may be writable by everyone,
//   unless it is sticky, like /tmp, or the top of a volume, for which whoever mounts it is
//   responsible.
//
// A link may lead to the file; its target is checked, through the descriptor that is read. A secret
// that others could read may have been read, so it is refused, with the command that corrects the
// file.
//
// Threads: functions of their arguments.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace signpost {

/// Whose access counts.
struct secret_reader {
  uid_t user = 0;
  std::vector<gid_t> groups;
  /// It is not the user of this process, so readability is judged by mode, too.
  bool other = false;

  static secret_reader this_process();
  /// A user of this system with its groups; those of this process if it is that user.
  static secret_reader of_user(uid_t user);

  /// Checks only owner and access. errc::denied with the remedy. Root checks the files of the
  /// node's user, with that user's groups.
  [[nodiscard]] result<void> judge(const std::string& path, const struct stat& about) const;
};

/// The whole file. errc::not_found, errc::denied by the rule above or by the system,
/// errc::unavailable, errc::limit_exceeded (`octets_max`).
result<std::string> read_secret_file(const std::string& path, std::size_t octets_max,
                                     const secret_reader& reader = secret_reader::this_process());

/// The same rule for a directory of such files. errc::not_found, errc::denied.
result<void> check_secret_directory(const std::string& path,
                                    const secret_reader& reader = secret_reader::this_process());

}  // namespace signpost
