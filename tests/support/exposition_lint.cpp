// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <set>

#include "tests/support/exposition_check.hpp"
#include "tests/support/exposition_parser.hpp"

namespace signpost::test {
namespace {

constexpr std::string_view prefix = "signpost_";
constexpr std::array<std::string_view, 9> no_base_units{
    "_ms",   "_milliseconds", "_microseconds", "_minutes", "_hours",
    "_days", "_kilobytes",    "_mib",          "_percent"};
constexpr std::array<std::string_view, 3> prometheus_labels{"job", "instance", "__name__"};

std::string_view base_name(const exposition_family& family) {
  std::string_view name = family.name;
  if (name.ends_with("_total")) name.remove_suffix(6);
  return name;
}

void lint_name(const exposition_family& family, std::vector<std::string>& found) {
  const auto say = [&](const std::string& what) { found.push_back(family.name + ": " + what); };
  if (!family.name.starts_with(prefix)) say("does not begin with signpost_");
  if (!family.help || family.help->empty()) say("has no help");
  if (family.type == family_type::unknown) say("has no type");
  const bool total = family.name.ends_with("_total");
  if (family.type == family_type::counter && !total) say("is a counter without _total");
  if (family.type != family_type::counter && total) say("is no counter and ends with _total");
  for (const auto unit : no_base_units) {
    if (base_name(family).ends_with(unit)) say("has a unit that is no base unit");
  }
}

void lint_labels(const exposition_family& family, std::vector<std::string>& found) {
  for (const auto& sample : family.samples) {
    for (const auto& [name, value] : sample.labels) {
      if (std::ranges::find(prometheus_labels, name) != prometheus_labels.end()
          || name.starts_with("__")) {
        found.push_back(family.name + ": the label " + name + " belongs to Prometheus");
      }
    }
  }
}

}  // namespace

std::vector<std::string> lint_exposition(const std::vector<exposition_family>& families) {
  std::vector<std::string> found;
  std::set<std::string> taken;
  for (const auto& family : families) {
    lint_name(family, found);
    lint_labels(family, found);
    auto suffixes = suffixes_of(family.type, exposition_format::openmetrics);
    suffixes.emplace_back();
    std::set<std::string> mine;
    for (const auto suffix : suffixes) {
      mine.insert(std::string(base_name(family)) + std::string(suffix));
    }
    for (const auto& name : mine) {
      if (!taken.insert(name).second) {
        found.push_back(family.name + ": clashes with another family in OpenMetrics");
      }
    }
  }
  return found;
}

}  // namespace signpost::test
