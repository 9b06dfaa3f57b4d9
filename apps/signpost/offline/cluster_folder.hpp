// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The folder in which an operator keeps what a cluster is made of. It belongs on no node: whoever
// has it can add nodes.
//
//     ca.crt          the authority; every node has a copy
//     ca.key          its key: signs certificates of nodes
//     cluster.id      the id that certificates are for
//     cluster.secret  the key of the secrets in the control database; every node has a copy
//     NAME/           what the node NAME needs: node.crt, node.key and copies of ca.crt, cluster.id
//                     and cluster.secret
//
// Threads: one at a time.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "cluster/roles.hpp"
#include "net/tls/mutual_tls.hpp"

namespace signpost::cli {

struct node_wish {
  std::string name;
  cluster::role_set roles;
  milliseconds valid_for{};
};

class cluster_folder {
 public:
  explicit cluster_folder(std::string path) : path_(std::move(path)) {}

  /// Makes the folder and what is in it; returns the cluster's id. errc::conflict if there is an
  /// authority; errc::not_found: the folder around it does not exist; otherwise as files are
  /// written.
  [[nodiscard]] result<std::string> create(wall_time now, random_source& random) const;
  /// A new key and certificate for a node, in its folder; replaces older ones. Returns the end of
  /// its time. errc::not_found: there is no authority here; errc::malformed: the name, or a file.
  [[nodiscard]] result<wall_time> issue(const node_wish& wish, wall_time now) const;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string node_path(const std::string& name) const { return path_ + '/' + name; }
  /// The files in a node's folder.
  [[nodiscard]] static net::mutual_tls_files files_of(const std::string& node_folder);
  /// The id in it. errc::not_found, errc::malformed.
  [[nodiscard]] static result<std::string> id_of(const std::string& folder);

 private:
  std::string path_;
};

}  // namespace signpost::cli
