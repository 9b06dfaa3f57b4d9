// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/config/yaml_config_store.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "apps/config/zones_file.hpp"

namespace signpost::config {

yaml_config_store::yaml_config_store(std::string path, model::node_identity node)
    : path_(std::move(path)), node_(std::move(node)) {}

result<std::unique_ptr<yaml_config_store>> yaml_config_store::open(std::string path,
                                                                   model::node_identity node) {
  std::unique_ptr<yaml_config_store> store(new yaml_config_store(std::move(path), std::move(node)));
  SP_CHECK(store->refresh_now());
  return store;
}

std::shared_ptr<const model::config_snapshot> yaml_config_store::current() const {
  return current_.load();
}

result<yaml_config_store::file_mark> yaml_config_store::look() const {
  struct stat about {};
  if (::stat(path_.c_str(), &about) != 0) {
    return fail(errno == ENOENT ? errc::not_found : errc::unavailable,
                path_ + ": " + std::strerror(errno));
  }
  return file_mark{.device = about.st_dev,
                   .inode = about.st_ino,
                   .size = about.st_size,
                   .changed_s = about.st_mtim.tv_sec,
                   .changed_ns = about.st_mtim.tv_nsec};
}

result<bool> yaml_config_store::refresh() {
  const auto mark = look();
  if (!mark) {
    const bool known = last_error_ == mark.error();
    last_error_ = mark.error();
    if (known) return false;
    return tl::unexpected(mark.error());
  }
  if (mark_ == *mark) return false;
  const auto before = last_error_;
  auto changed = read(*mark);
  // Told once, though it is tried again and again.
  if (!changed && before == changed.error()) return false;
  return changed;
}

result<bool> yaml_config_store::refresh_now() {
  SP_TRY(const auto mark, look());
  return read(mark);
}

// The mark is taken before the file is read: a change while it is read is seen the next time.
result<bool> yaml_config_store::read(const file_mark& mark) {
  mark_ = mark;
  auto zones = load_zones(path_);
  auto table = zones ? model::routing_table::build(std::move(*zones), node_)
                     : tl::unexpected(std::move(zones.error()));
  if (!table) {
    auto wrong = std::move(table.error());
    if (!wrong.context.starts_with(path_)) wrong.context = path_ + ": " + wrong.context;
    last_error_ = wrong;
    // Not the fault of what stands in the file: it need not change to be readable the next time.
    if (wrong.code == errc::unavailable || wrong.code == errc::denied) mark_ = {};
    return tl::unexpected(std::move(wrong));
  }
  last_error_.reset();
  current_.store(std::make_shared<const model::config_snapshot>(
      model::config_snapshot{.revision = ++revision_, .table = std::move(*table)}));
  return true;
}

}  // namespace signpost::config
