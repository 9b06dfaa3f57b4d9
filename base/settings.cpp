// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "base/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/assert.hpp"
#include "base/text.hpp"

namespace signpost {
namespace {

struct scale {
  std::string_view suffix;
  std::uint64_t factor;
};

// Longest suffix first: "ms" must not be read as "s" behind "m".
constexpr std::array<scale, 5> duration_scales{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr std::array<scale, 6> octet_scales{{{"KiB", 1ULL << 10},
                                             {"MiB", 1ULL << 20},
                                             {"GiB", 1ULL << 30},
                                             {"KB", 1ULL << 10},
                                             {"MB", 1ULL << 20},
                                             {"GB", 1ULL << 30}}};

result<std::uint64_t> parse_scaled(std::string_view text, std::span<const scale> scales,
                                   std::uint64_t bare_factor, std::string_view expected) {
  const auto whole = trim(text);
  auto number = whole;
  std::uint64_t factor = bare_factor;
  for (const auto& s : scales) {
    if (number.ends_with(s.suffix)) {
      number.remove_suffix(s.suffix.size());
      factor = s.factor;
      break;
    }
  }
  const auto value = parse_uint(trim(number));
  if (!value || (factor != 0 && *value > INT64_MAX / factor)) {
    return fail(errc::malformed, fmt::format("'{}' is not {}", printable(whole, 60), expected));
  }
  return *value * factor;
}

std::string format_scaled(std::uint64_t value, std::span<const scale> scales) {
  const scale* best = nullptr;
  for (const auto& s : scales) {
    if (value != 0 && value % s.factor == 0 && (best == nullptr || s.factor > best->factor)) {
      best = &s;
    }
  }
  if (best == nullptr) {
    return std::to_string(value)
           + std::string(scales.front().factor == 1 ? scales.front().suffix : "");
  }
  return std::to_string(value / best->factor) + std::string(best->suffix);
}

result<std::int64_t> parse_number(std::string_view text) {
  auto digits = trim(text);
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  const auto value = parse_uint(digits);
  if (!value || *value > static_cast<std::uint64_t>(INT64_MAX)) {
    return fail(errc::malformed, fmt::format("'{}' is not a whole number", printable(text, 60)));
  }
  const auto number = static_cast<std::int64_t>(*value);
  return negative ? -number : number;
}

result<bool> parse_bool(std::string_view text) {
  const auto word = to_lower(trim(text));
  if (word == "true" || word == "yes" || word == "on") return true;
  if (word == "false" || word == "no" || word == "off") return false;
  return fail(errc::malformed, fmt::format("'{}' is not true or false", printable(text, 60)));
}

// A setter that parses, checks the bounds in `notes` and only then stores.
template <typename T, typename Parse>
std::function<result<void>(std::string_view)> bounded_setter(T& target, const setting_notes& notes,
                                                             Parse parse) {
  return [&target, notes, parse](std::string_view text) -> result<void> {
    SP_TRY(auto value, parse(text));
    if (!notes.min.empty() && value < parse(notes.min).value()) {
      return fail(errc::limit_exceeded,
                  fmt::format("{} is below the minimum {}", trim(text), notes.min));
    }
    if (!notes.max.empty() && value > parse(notes.max).value()) {
      return fail(errc::limit_exceeded,
                  fmt::format("{} is above the maximum {}", trim(text), notes.max));
    }
    target = std::move(value);
    return {};
  };
}

setting make_row(std::string name, std::string type, setting_notes notes) {
  setting row;
  row.name = std::move(name);
  row.type = std::move(type);
  row.notes = std::move(notes);
  return row;
}

std::string join(const std::vector<std::string>& values) {
  return fmt::format("[{}]", fmt::join(values, ", "));
}

}  // namespace

result<milliseconds> parse_duration(std::string_view text) {
  SP_TRY(auto value,
         parse_scaled(text, duration_scales, 1000, "a duration such as 500ms, 30s, 5m, 4h or 5d"));
  return milliseconds(static_cast<std::int64_t>(value));
}

std::string format_duration(milliseconds value) {
  return format_scaled(static_cast<std::uint64_t>(value.count()), duration_scales);
}

result<octet_count> parse_octets(std::string_view text) {
  SP_TRY(auto value, parse_scaled(text, octet_scales, 1, "a size such as 64KiB, 25MiB or 1GiB"));
  return octet_count{value};
}

std::string format_octets(octet_count value) {
  return format_scaled(value.value, std::span(octet_scales).first(3));
}

void settings_table::add(std::string name, bool& target, setting_notes notes) {
  auto row = make_row(std::move(name), "boolean", std::move(notes));
  row.set = bounded_setter(target, row.notes, parse_bool);
  row.get = [&target] { return std::string(target ? "true" : "false"); };
  row.default_value = row.get();
  rows_.push_back(std::move(row));
}

void settings_table::add(std::string name, std::int64_t& target, setting_notes notes) {
  auto row = make_row(std::move(name), "number", std::move(notes));
  row.set = bounded_setter(target, row.notes, parse_number);
  row.get = [&target] { return std::to_string(target); };
  row.default_value = row.get();
  rows_.push_back(std::move(row));
}

void settings_table::add(std::string name, milliseconds& target, setting_notes notes) {
  auto row = make_row(std::move(name), "duration", std::move(notes));
  row.set = bounded_setter(target, row.notes, parse_duration);
  row.get = [&target] { return format_duration(target); };
  row.default_value = row.get();
  rows_.push_back(std::move(row));
}

void settings_table::add(std::string name, octet_count& target, setting_notes notes) {
  auto row = make_row(std::move(name), "size", std::move(notes));
  row.set = bounded_setter(target, row.notes, parse_octets);
  row.get = [&target] { return format_octets(target); };
  row.default_value = row.get();
  rows_.push_back(std::move(row));
}

void settings_table::add(std::string name, std::string& target, setting_notes notes) {
  auto row = make_row(std::move(name), "text", std::move(notes));
  row.set = [&target](std::string_view text) -> result<void> {
    target = std::string(text);
    return {};
  };
  row.get = [&target] { return target; };
  row.default_value = row.get();
  rows_.push_back(std::move(row));
}

void settings_table::add(std::string name, std::vector<std::string>& target, setting_notes notes) {
  auto row = make_row(std::move(name), "list", std::move(notes));
  row.set_list = [&target](std::vector<std::string> values) -> result<void> {
    target = std::move(values);
    return {};
  };
  row.get = [&target] { return join(target); };
  row.default_value = row.get();
  rows_.push_back(std::move(row));
}

void settings_table::add(std::string name, std::vector<milliseconds>& target, setting_notes notes) {
  auto row = make_row(std::move(name), "list", std::move(notes));
  row.set_list = [&target, bounds = row.notes](std::vector<std::string> texts) -> result<void> {
    std::vector<milliseconds> values;
    for (const auto& text : texts) {
      milliseconds value{};
      SP_CHECK(bounded_setter(value, bounds, parse_duration)(text));
      values.push_back(value);
    }
    if (values.empty()) return fail(errc::malformed, "the list is empty");
    target = std::move(values);
    return {};
  };
  row.get = [&target] {
    std::vector<std::string> texts;
    for (const auto value : target) texts.push_back(format_duration(value));
    return join(texts);
  };
  row.default_value = row.get();
  rows_.push_back(std::move(row));
}

const setting* settings_table::find(std::string_view name) const {
  const auto it = std::ranges::find(rows_, name, &setting::name);
  return it == rows_.end() ? nullptr : &*it;
}

std::string settings_table::nearest(std::string_view name) const {
  const setting* best = nullptr;
  std::size_t best_distance = std::max<std::size_t>(3, name.size() / 3) + 1;
  for (const auto& row : rows_) {
    const auto distance = edit_distance(row.name, name);
    if (distance < best_distance) {
      best = &row;
      best_distance = distance;
    }
  }
  return best == nullptr ? "" : best->name;
}

result<void> settings_table::set(std::string_view name, std::string_view value) {
  const auto* row = find(name);
  if (row == nullptr) {
    const auto near = nearest(name);
    return fail(errc::not_found,
                fmt::format("unknown setting '{}'{}", printable(name, 80),
                            near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near)));
  }
  if (!row->set) return set_list(name, {std::string(value)});
  auto done = row->set(value);
  if (!done) return fail(done.error().code, fmt::format("{}: {}", name, done.error().context));
  return {};
}

result<void> settings_table::set_list(std::string_view name, std::vector<std::string> values) {
  const auto* row = find(name);
  if (row == nullptr) return set(name, "");
  if (!row->set_list) {
    return fail(errc::malformed, fmt::format("{}: expected one value, not a list", name));
  }
  auto done = row->set_list(std::move(values));
  if (!done) return fail(done.error().code, fmt::format("{}: {}", name, done.error().context));
  return {};
}

}  // namespace signpost
