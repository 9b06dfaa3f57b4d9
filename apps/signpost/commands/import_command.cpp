// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// From a file into the control store of a node that does not run.
#include <fmt/format.h>

#include <filesystem>

#include "apps/config/zones_file.hpp"
#include "apps/signpost/client/session.hpp"
#include "apps/signpost/offline/line_feeder.hpp"
#include "apps/signpost/offline/store_importer.hpp"
#include "apps/signpost/offline/store_place.hpp"
#include "apps/signpost/offline/zones_yaml.hpp"
#include "apps/signpost/terminal/display_text.hpp"
#include "base/text.hpp"
#include "storage/control/control_store.hpp"

namespace signpost::cli {
namespace {

constexpr std::chrono::seconds progress_pause{5};

constexpr const char* import_help_text = R"(
Brings zones and rules into the control store (config.source: store) of a node that does not run:
all of the file or nothing. FILE is a zones file (.yaml), or JSON Lines (.jsonl) as `config export`
writes them and `docs/operating/cli.md` describes them; `-` is standard input, JSON Lines.

Zones come into the account of --account, which is made if there is none of that name. Destinations
in a zones file become verified addresses of it: whoever may write that file has given his word for
them. Of JSON Lines this is so with --trust-destinations only; else addresses have lines of their
own. A zone that is there already ends the import, or with --skip-existing stays as it is.

Examples:
  systemctl stop signpostd
  signpost config import /etc/signpost/zones.yaml --dry-run
  signpost config import /etc/signpost/zones.yaml
  systemctl start signpostd
)";

struct import_choice {
  std::string file;
  std::string store;
  std::string format;
  import_options how;
  bool dry_run = false;
};

/// Reports the progress of the import now and then.
class progress {
 public:
  progress(const command_context& context, std::uint64_t octets)
      : context_(context), octets_(octets), began_(context.to.time.steady_now()), told_(began_) {}

  void tell(const import_counts& counts, std::uint64_t octets) {
    const auto now = context_.to.time.steady_now();
    if (now - told_ < progress_pause) return;
    told_ = now;
    const auto spent = std::chrono::duration<double>(now - began_).count();
    auto line =
        fmt::format("{}, {}, {:.0f} zones/s", count_of(counts.zones, "zone"),
                    count_of(counts.rules, "rule"), static_cast<double>(counts.zones) / spent);
    if (octets_ > 0 && octets > 0) {
      const auto part = static_cast<double>(octets) / static_cast<double>(octets_);
      const milliseconds left(static_cast<std::int64_t>(1000 * spent * (1 - part) / part));
      line += fmt::format(", {:.0f} %, about {} left", 100 * part, short_duration(left));
    }
    note(context_, line);
  }

 private:
  const command_context& context_;
  std::uint64_t octets_;
  steady_time began_;
  steady_time told_;
};

result<void> feed_yaml(const command_context& context, const import_choice& o,
                       store_importer& importer, const line_defaults& defaults) {
  SP_TRY(const auto zones, config::load_zones(o.file));
  progress told(context, 0);
  for (const auto& zone : zones) {
    auto made = to_store(zone, "", defaults);
    if (!made) {
      return fail(made.error().code,
                  fmt::format("zone {}: {}", zone.name.ascii(), made.error().context));
    }
    SP_CHECK(importer.add(std::move(*made)));
    told.tell(importer.counts(), 0);
  }
  return {};
}

result<void> feed_lines(const command_context& context, const import_choice& o,
                        store_importer& importer, wall_time now) {
  system_random random;
  SP_TRY(const auto feeder, line_feeder::open(o.file, {.now = now, .random = random}));
  progress told(context, feeder->size());
  for (;;) {
    SP_TRY(auto batch, feeder->next());
    if (!batch) return {};
    for (auto& line : batch->lines) SP_CHECK(importer.add(std::move(line)));
    told.tell(importer.counts(), batch->octets);
  }
}

bool is_yaml(const import_choice& o) {
  if (!o.format.empty()) return o.format == "yaml";
  return o.file.ends_with(".yaml") || o.file.ends_with(".yml");
}

result<import_counts> import_into(const command_context& context, const import_choice& o,
                                  model::control_store& store) {
  system_random random;
  const line_defaults defaults{.now = context.to.time.now(), .random = random};
  auto how = o.how;
  how.trust_destinations = how.trust_destinations || is_yaml(o);
  SP_TRY(const auto importer, store_importer::begin(store, std::move(how), defaults));
  if (is_yaml(o)) {
    SP_CHECK(feed_yaml(context, o, *importer, defaults));
  } else {
    SP_CHECK(feed_lines(context, o, *importer, defaults.now));
  }
  if (o.dry_run) return importer->counts();
  return importer->finish();
}

exit_status tell(const command_context& context, const import_counts& c, bool dry_run) {
  if (c.unverified > 0) {
    std::string some;
    for (const auto& email : c.unverified_some) {
      some += (some.empty() ? "" : ", ") + display_text(email, 100);
    }
    note(context, fmt::format("{} not verified, and will receive no mail until they are: {}{}",
                              c.unverified == 1 ? std::string("1 destination is")
                                                : fmt::format("{} destinations are", c.unverified),
                              some, c.unverified > c.unverified_some.size() ? ", …" : ""));
  }
  const json result{{"dry_run", dry_run},
                    {"accounts", c.accounts},
                    {"addresses", c.addresses},
                    {"zones", c.zones},
                    {"zones_skipped", c.zones_skipped},
                    {"rules", c.rules},
                    {"unverified_destinations", c.unverified}};
  auto line = fmt::format("{}: {}, {}, {}, {}", dry_run ? "would be imported" : "imported",
                          count_of(c.zones, "zone"), count_of(c.rules, "rule"),
                          count_of(c.accounts, "account"), count_of(c.addresses, "destination"));
  if (c.zones_skipped > 0) {
    line += fmt::format("; {} left unchanged", count_of(c.zones_skipped, "zone"));
  }
  return print_outcome(context, result, line + "\n");
}

exit_status config_import(const command_context& context, const import_choice& o) {
  const auto place = store_place_of(context, o.store);
  if (!place) return complain(context, place.error());
  auto store = open_stopped(*place);
  if (!store) return complain(context, store.error());
  const auto counts = import_into(context, o, **store);
  store->reset();
  // Also after a failure: the store itself may be new.
  hand_to_owner(*place);
  if (!counts) {
    const auto code = counts.error().code;
    return complain(context, {.status = code == errc::not_found ? wrong_usage : negative,
                              .text = printable(counts.error().context, 1000),
                              .advice = "nothing was imported"});
  }
  return tell(context, *counts, o.dry_run);
}

}  // namespace

command import_command() {
  const auto o = std::make_shared<import_choice>();
  return {.name = "import",
          .help = "Import zones from a file into the control store of a stopped node",
          .text = import_help_text,
          .options = {{.name = "file",
                       .type = "FILE",
                       .help = "A zones file or JSON Lines",
                       .target = &o->file,
                       .required = true,
                       .completes = completion::file},
                      store_option(o->store),
                      {.name = "--account",
                       .type = "ACCOUNT",
                       .help = "The account that the zones will belong to; created if necessary",
                       .target = &o->how.account},
                      {.name = "--format",
                       .type = "FORMAT",
                       .help = "The format of the file, regardless of its name",
                       .target = &o->format,
                       .words = {"yaml", "jsonl"}},
                      {.name = "--skip-existing",
                       .help = "Leave existing zones unchanged",
                       .target = &o->how.skip_existing},
                      {.name = "--trust-destinations",
                       .help = "Mark the destinations as verified",
                       .target = &o->how.trust_destinations},
                      {.name = "--dry-run",
                       .help = "Read and check everything, but change nothing",
                       .target = &o->dry_run}},
          .run = [o](const auto& context) { return config_import(context, *o); }};
}

}  // namespace signpost::cli
