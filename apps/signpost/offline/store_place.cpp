// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/offline/store_place.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "apps/signpost/client/session.hpp"
#include "base/text.hpp"
#include "storage/control/control_store.hpp"
#include "storage/format/loss_register.hpp"
#include "storage/losses/acknowledged_record.hpp"

namespace signpost::cli {
namespace {

namespace files = std::filesystem;

void give(const files::path& path, const struct stat& owner) {
  // If ownership cannot be changed, the node reports it, because it then cannot open the file.
  [[maybe_unused]] const int given = ::lchown(path.c_str(), owner.st_uid, owner.st_gid);
}

}  // namespace

answer<std::string> store_place_of(const command_context& context, const std::string& given) {
  if (!given.empty()) return given;
  if (!context.settings.mistakes().empty()) {
    return refuse(wrong_usage, context.settings.mistakes().front(),
                  "--store DIR works without settings");
  }
  if (context.settings.values().control.in_postgres()) {
    return refuse(wrong_usage, "the setup is in PostgreSQL (control.store), not in a file",
                  "change it through a running node; --store DIR names another store");
  }
  return context.settings.values().data_dir + "/config";
}

answer<std::unique_ptr<model::control_store>> open_stopped(const std::string& place) {
  auto store = storage::open_control_store({.path = place});
  if (store) return std::move(*store);
  const auto& why = store.error();
  if (why.code == errc::conflict) {
    return refuse(negative, fmt::format("{} is in use by a running node", place),
                  "stop the node first (systemctl stop signpostd), and start it again afterwards");
  }
  return refuse(wrong_usage, fmt::format("{}: {}", place, printable(why.context, 500)));
}

bool has_store(const std::string& place) {
  std::error_code ignored;
  return files::exists(files::path(place) / "CURRENT", ignored);
}

void hand_to_owner(const std::string& place) {
  if (::geteuid() != 0) return;
  const auto absolute = files::absolute(place);
  struct stat owner {};
  if (::stat(absolute.parent_path().c_str(), &owner) != 0) return;
  give(storage::acknowledged_path(absolute.string()), owner);
  const storage::loss_register losses(absolute.string());
  for (const auto& folder : {absolute, files::path(losses.folder())}) {
    give(folder, owner);
    std::error_code failed;
    for (files::recursive_directory_iterator at(folder, failed), end; !failed && at != end;
         at.increment(failed)) {
      give(at->path(), owner);
    }
  }
}

option store_option(std::string& target) {
  return {.name = "--store",
          .type = "DIR",
          .help = "The control store, instead of config in node.data_dir",
          .target = &target,
          .completes = completion::directory};
}

}  // namespace signpost::cli
