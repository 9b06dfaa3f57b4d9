// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/effective_settings.hpp"

#include <fmt/format.h>

#include <deque>
#include <functional>
#include <variant>

namespace signpost::cli {
namespace {

// Not a value that anybody writes into a file.
constexpr std::string_view untouched = "\x01";

/// A table with the same names, all plain text, that shows which of them a source sets.
class probe {
 public:
  explicit probe(const settings_table& like) {
    for (const auto& row : like.rows()) {
      if (row.set_list) {
        table_.add(row.name, lists_.emplace_back(1, std::string(untouched)), {});
      } else {
        table_.add(row.name, texts_.emplace_back(untouched), {});
      }
    }
  }
  settings_table& table() { return table_; }
  [[nodiscard]] std::vector<std::string> touched() const {
    std::vector<std::string> names;
    for (const auto& row : table_.rows()) {
      if (row.get() != row.default_value) names.push_back(row.name);
    }
    return names;
  }

 private:
  std::deque<std::string> texts_;
  std::deque<std::vector<std::string>> lists_;
  settings_table table_;
};

}  // namespace

effective_settings::effective_settings(const settings_choice& choice,
                                       const config::environment& environment)
    : path_(config::settings_path(choice.config, environment)) {
  declare_settings(table_, values_);
  if (!path_.empty()) read_file();
  read_environment(environment);
  if (!choice.data_dir.empty()) override_with("node.data_dir", choice.data_dir);
  if (!choice.zones.empty()) override_with("node.zones_file", choice.zones);
  complete(values_);
}

void effective_settings::read_file() {
  for (auto& mistake : config::read_settings_file(path_, table_)) {
    mistakes_.push_back(std::move(mistake.context));
  }
  probe names(table_);
  (void)config::read_settings_file(path_, names.table());
  for (const auto& name : names.touched()) sources_[name] = path_;
  note_decimal_sizes(names.table());
}

// MB is read as MiB; whoever writes it may count in thousands.
void effective_settings::note_decimal_sizes(const settings_table& raw) {
  for (const auto& row : table_.rows()) {
    const auto* const written = raw.find(row.name);
    if (row.type != "size" || written == nullptr || written->get() == written->default_value) {
      continue;
    }
    const auto text = written->get();
    if (text.size() < 2 || !text.ends_with("B") || text[text.size() - 2] == 'i') continue;
    const auto octets = parse_octets(text);
    if (!octets) continue;
    warnings_.push_back(fmt::format("{0}: {1}: {2} is taken as {3}, which is {4} octets; write {3}",
                                    path_, row.name, text, row.get(), octets->value));
  }
}

std::string effective_settings::places() {
  return fmt::format("$SIGNPOST_CONFIG, {}", installed_settings_path);
}

void effective_settings::read_environment(const config::environment& environment) {
  if (auto done = config::load_environment(environment, table_); !done) {
    mistakes_.push_back(done.error().context);
  }
  probe names(table_);
  (void)config::load_environment(environment, names.table());
  for (const auto& name : names.touched()) sources_[name] = "environment";
}

void effective_settings::override_with(const std::string& setting, const std::string& value) {
  if (auto done = table_.set(setting, value); !done) mistakes_.push_back(done.error().context);
  sources_[setting] = "command line";
}

std::string effective_settings::source(const std::string& setting) const {
  const auto it = sources_.find(setting);
  return it == sources_.end() ? "default" : it->second;
}

}  // namespace signpost::cli
