// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/offline/spool_adopt.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "apps/signpost/client/session.hpp"
#include "apps/signpost/offline/spool_place.hpp"
#include "base/file_descriptor.hpp"
#include "base/text.hpp"
#include "storage/format/loss_register.hpp"
#include "storage/losses/acknowledged_record.hpp"

namespace signpost::cli {
namespace {

namespace files = std::filesystem;

struct adopt_options {
  std::string data_dir;
  bool yes = false;
};

/// As a node takes it, until the result goes; nullptr: a node has it, or it may not be taken.
std::unique_ptr<file_descriptor> lock_of(const std::string& store) {
  const auto path = store + "/LOCK";
  auto lock = std::make_unique<file_descriptor>(
      ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (!lock->open() || ::fcntl(lock->get(), F_SETLK, &whole) != 0) return nullptr;
  return lock;
}

/// The folders of the stores that are there.
std::vector<std::string> stores_in(const std::string& data) {
  std::vector<std::string> stores;
  for (const auto* const name : {"spool", "config"}) {
    std::error_code ignored;
    if (files::is_directory(data + "/" + name, ignored)) stores.push_back(data + "/" + name);
  }
  return stores;
}

/// Nothing that was acknowledged before is asked for any more.
result<std::size_t> adopt(const std::string& store) {
  SP_CHECK(storage::forget_acknowledged(store));
  const storage::loss_register losses(store);
  const auto waiting = losses.pending();
  for (const auto& l : waiting) SP_CHECK(losses.accept(l.id));
  return waiting.size();
}

exit_status run_adopt(const command_context& context, const adopt_options& o) {
  const auto folder = data_folder_of(context, o.data_dir);
  if (!folder) return complain(context, folder.error());
  const auto stores = stores_in(*folder);
  std::vector<std::unique_ptr<file_descriptor>> held;
  for (const auto& store : stores) {
    held.push_back(lock_of(store));
    if (held.back() != nullptr) continue;
    return complain(context, {.status = wrong_usage,
                              .text = printable(store) + " is in use, or you may not change it",
                              .advice = "stop the node first"});
  }
  if (stores.empty()) {
    return complain(context, {.status = wrong_usage,
                              .text = printable(*folder) + " has neither a spool nor a store"});
  }
  constexpr auto* question =
      "Anything missing from them will not be reported. Adopt them as they are?";
  if (!is_agreed(context, o.yes, question)) return wrong_usage;
  std::size_t accepted = 0;
  for (const auto& store : stores) {
    const auto done_with = adopt(store);
    if (!done_with) {
      return complain(context,
                      {.status = negative, .text = printable(done_with.error().context)});
    }
    accepted += *done_with;
  }
  const bool one = stores.size() == 1;
  const auto names = one ? stores.front() : stores.front() + " and " + stores.back();
  return print_outcome(context, {{"adopted", stores}, {"losses_accepted", accepted}},
                       fmt::format("{} adopted as {}; the next start begins new records\n",
                                   printable(names), one ? "it is" : "they are"));
}

constexpr const char* adopt_text = R"(
For a node that does not run, after its queue or its control store was replaced on purpose: by an
older copy, by files from elsewhere, or by hand. The next start takes them for all there is and asks
for nothing that was acknowledged before. Asks first; without a terminal --yes is needed.

If the older copy is of the same queue, starting the node without this is better: it then knows what
was finished since and does not send it again, and tells how much is missing, once, until
`signpost spool accept-loss`. `signpost backup restore` needs neither.

Examples:
  systemctl stop signpostd
  signpost spool adopt
  systemctl start signpostd
)";

}  // namespace

command spool_adopt_command() {
  const auto o = std::make_shared<adopt_options>();
  return {
      .name = "adopt",
      .help = "Adopt the stores of a stopped node as they are, regardless of what was acknowledged",
      .text = adopt_text,
      .options = {data_dir_option(o->data_dir), yes_option(o->yes)},
      .run = [o](const auto& context) { return run_adopt(context, *o); }};
}

}  // namespace signpost::cli
