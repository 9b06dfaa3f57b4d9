// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/config/settings_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "apps/config/yaml_file.hpp"
#include "base/text.hpp"

namespace signpost::config {
namespace {

constexpr std::string_view variable_prefix = "SIGNPOST_";
// Settings have two levels; reading must end for a file that refers to itself.
constexpr int depth_max = 8;

class settings_reader {
 public:
  settings_reader(const yaml_file& file, settings_table& table) : file_(file), table_(table) {}

  void map(const YAML::Node& node, const std::string& prefix, int depth) {
    if (depth > depth_max) return note(file_.wrong(node, "settings are not nested this deeply"));
    for (const auto& entry : node) {
      if (mistakes_.size() >= settings_mistakes_max) return;
      if (entry.first.IsScalar()) {
        value(entry.first, prefix + entry.first.Scalar(), entry.second, depth);
      } else {
        note(file_.wrong(entry.first, "a key must be a word"));
      }
    }
  }
  std::vector<error> mistakes() && { return std::move(mistakes_); }

 private:
  void note(tl::unexpected<error> mistake) { mistakes_.push_back(std::move(mistake.value())); }

  void value(const YAML::Node& key, const std::string& name, const YAML::Node& node, int depth) {
    const bool known = table_.find(name) != nullptr;
    if (node.IsMap() && !known) {
      // What stands in both is read all the same, so that its own mistakes are told, too.
      if (!areas_.insert(name).second) {
        note(file_.wrong(key, fmt::format("'{}' stands there twice; make one of them", name)));
      }
      return map(node, name + ".", depth + 1);
    }
    if (known && std::ranges::find(seen_, name) != seen_.end()) {
      return note(file_.wrong(key, fmt::format("'{}' is given more than once; remove one", name)));
    }
    seen_.push_back(name);
    auto done = set(name, node);
    if (!done) note(file_.wrong(known && !node.IsNull() ? node : key, done.error().context));
  }

  result<void> set(const std::string& name, const YAML::Node& node) {
    if (node.IsMap()) return fail(errc::malformed, name + ": expected a value, not a map");
    if (node.IsScalar()) return table_.set(name, node.Scalar());
    std::vector<std::string> values;
    for (const auto& item : node) {
      if (!item.IsScalar()) {
        return fail(errc::malformed, name + ": expected a list of plain values");
      }
      values.push_back(item.Scalar());
    }
    if (node.IsNull()) {
      return fail(errc::malformed, name + ": has no value; add one or remove the line");
    }
    return table_.set_list(name, std::move(values));
  }

  const yaml_file& file_;
  settings_table& table_;
  std::vector<std::string> seen_;
  std::set<std::string> areas_;
  std::vector<error> mistakes_;
};

std::string variable_of(const std::string& setting_name) {
  auto name = to_upper(setting_name);
  std::ranges::replace(name, '.', '_');
  std::ranges::replace(name, '-', '_');
  return std::string(variable_prefix) + name;
}

result<void> set_from_text(settings_table& table, const setting& row, const std::string& text) {
  if (row.set) return table.set(row.name, text);
  std::vector<std::string> values;
  for (const auto part : split(text, ',')) {
    if (const auto value = trim(part); !value.empty()) values.emplace_back(value);
  }
  return table.set_list(row.name, std::move(values));
}

// A pipe would end the cell.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string bounds_of(const setting_notes& notes) {
  if (notes.min.empty() && notes.max.empty()) return "-";
  if (notes.max.empty()) return "at least " + notes.min;
  return notes.min.empty() ? "at most " + notes.max : notes.min + " to " + notes.max;
}

}  // namespace

std::vector<error> read_settings(const std::string& text, const std::string& name,
                                 settings_table& table) {
  const auto file = yaml_file::parse(text, name);
  if (!file) return {file.error()};
  if (file->root().IsNull()) return {};
  if (!file->root().IsMap()) {
    return {file->wrong(file->root(), "must be a map; write `smtp: …`").value()};
  }
  try {
    settings_reader reader(*file, table);
    reader.map(file->root(), "", 1);
    return std::move(reader).mistakes();
  } catch (const YAML::Exception& e) {
    return {error{errc::malformed, name + ": " + e.what()}};
  }
}

std::vector<error> read_settings_file(const std::string& path, settings_table& table) {
  const auto text = read_whole_file(path);
  if (!text) return {text.error()};
  return read_settings(*text, path, table);
}

result<void> parse_settings(const std::string& text, const std::string& name,
                            settings_table& table) {
  const auto mistakes = read_settings(text, name, table);
  if (mistakes.empty()) return {};
  return tl::unexpected(mistakes.front());
}

result<void> load_settings(const std::string& path, settings_table& table) {
  SP_TRY(const auto text, read_whole_file(path));
  return parse_settings(text, path, table);
}

std::string settings_path(const std::string& given, const environment& variables) {
  if (!given.empty()) return given;
  const auto named =
      std::ranges::find(variables, "SIGNPOST_CONFIG", &environment::value_type::first);
  if (named != variables.end() && !named->second.empty()) return named->second;
  return ::access(installed_settings_path, F_OK) == 0 ? installed_settings_path : "";
}

environment process_environment() {
  environment found;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view entry(*at);
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos || !entry.starts_with(variable_prefix)) continue;
    found.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return found;
}

result<std::vector<std::string>> load_environment(const environment& variables,
                                                  settings_table& table) {
  std::vector<std::string> unknown;
  for (const auto& [name, value] : variables) {
    if (!name.starts_with(variable_prefix)) continue;
    const auto row = std::ranges::find_if(
        table.rows(), [&](const setting& s) { return variable_of(s.name) == name; });
    if (row == table.rows().end()) {
      unknown.push_back(name);
      continue;
    }
    auto done = set_from_text(table, *row, value);
    if (!done) return fail(errc::malformed, name + ": " + done.error().context);
  }
  return unknown;
}

std::string settings_reference_markdown(const settings_table& table) {
  std::vector<const setting*> rows;
  for (const auto& row : table.rows()) rows.push_back(&row);
  std::ranges::sort(rows, {}, &setting::name);
  std::string page;
  std::string area;
  for (const auto* row : rows) {
    const auto of = row->name.substr(0, row->name.find('.'));
    if (of != area) {
      area = of;
      page += fmt::format(
          "{}## {}\n\n| Setting | Type | Default | Bounds | Reload | Meaning |\n"
          "|---|---|---|---|---|---|\n",
          page.empty() ? "" : "\n", area);
    }
    const auto standard = row->default_value.empty() ? "-" : "`" + row->default_value + "`";
    page += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", row->name, row->type, cell(standard),
                        cell(bounds_of(row->notes)), row->notes.reload ? "yes" : "no",
                        cell(row->notes.help));
  }
  return page;
}

}  // namespace signpost::config
