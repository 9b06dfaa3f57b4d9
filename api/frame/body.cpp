// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/frame/body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace signpost::api {
namespace {

const json absent = nullptr;

std::string pointer_to(std::string_view name) {
  return fmt::format("/{}", name);
}

// Says nothing, or nothing else than `shown`.
bool is_part_of(const json& given, const json& shown) {
  if (given.is_null() || (given.is_structured() && given.empty())) return true;
  if (!given.is_object() || !shown.is_object()) return given == shown;
  return std::ranges::all_of(given.items(), [&](const auto& one) {
    return is_part_of(one.value(), member(shown, one.key()));
  });
}

}  // namespace

answer<json> object_of(const json& body) {
  if (body.is_null()) return json::object();
  if (!body.is_object()) return refuse(malformed_body("it is not a JSON object"));
  return body;
}

const json& member(const json& object, std::string_view name) {
  if (!object.is_object()) return absent;
  const auto at = object.find(std::string(name));
  return at == object.end() ? absent : *at;
}

answer<std::optional<std::string>> text_member(const json& object, std::string_view name,
                                               std::size_t characters_max) {
  const auto& value = member(object, name);
  if (value.is_null()) return std::nullopt;
  if (!value.is_string()) {
    return refuse(invalid_input(fmt::format("{} must be a string", name), pointer_to(name)));
  }
  auto text = value.get<std::string>();
  if (characters(text) > characters_max) {
    return refuse(
        invalid_input(fmt::format("{} must be at most {} characters long", name, characters_max),
                      pointer_to(name)));
  }
  return text;
}

answer<std::optional<bool>> flag_member(const json& object, std::string_view name) {
  const auto& value = member(object, name);
  if (value.is_null()) return std::nullopt;
  if (!value.is_boolean()) {
    return refuse(invalid_input(fmt::format("{} must be true or false", name), pointer_to(name)));
  }
  return value.get<bool>();
}

answer<std::optional<double>> number_member(const json& object, std::string_view name) {
  const auto& value = member(object, name);
  if (value.is_null()) return std::nullopt;
  const auto number = value.is_number() ? value.get<double>() : -1.0;
  if (!std::isfinite(number) || number < 0) {
    return refuse(
        invalid_input(fmt::format("{} must be a number, 0 or greater", name), pointer_to(name)));
  }
  return number;
}

answer<void> check_without_effect(const json& object, std::string_view name, const json& shown,
                                  std::string_view why) {
  if (is_part_of(member(object, name), shown)) return {};
  return refuse(invalid_input(fmt::format("{} cannot be set: {}", name, why), pointer_to(name)));
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace signpost::api
