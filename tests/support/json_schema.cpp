// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/json_schema.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace signpost::test {
namespace {

const schema_json nothing = nullptr;

constexpr std::array<std::string_view, 27> known_keywords{
    "$ref",          "type",          "enum",        "const",    "oneOf",    "anyOf",
    "items",         "properties",    "required",    "minItems", "maxItems", "minLength",
    "maxLength",     "minimum",       "maximum",     "pattern",  "format",   "additionalProperties",
    "minProperties", "maxProperties", "description", "title",    "default",  "deprecated",
    "examples",      "$comment",      "summary"};

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool is_all(const std::string& text, bool (*test)(char)) {
  return std::ranges::all_of(text, test);
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}
bool is_letter_or_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The patterns that the document has, each with what it means and a text that matches.
struct known_pattern {
  std::string_view pattern;
  bool (*matches)(const std::string& text);
  std::string (*sample)(schema_samples& random);
};

std::string letters(schema_samples& random, std::string_view alphabet, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += alphabet[random.below(alphabet.size())];
  return text;
}

const std::array<known_pattern, 4> patterns{{
    {"^[0-9a-f]{32}$", [](const std::string& t) { return t.size() == 32 && is_all(t, is_hex); },
     [](schema_samples& random) { return letters(random, "0123456789abcdef", 32); }},
    {"^[0-9A-Za-z]{26}$",
     [](const std::string& t) { return t.size() == 26 && is_all(t, is_letter_or_digit); },
     [](schema_samples& random) { return letters(random, "0123456789ABCDEFGHJKMNPQ", 26); }},
    {"^[0-9]+$", [](const std::string& t) { return !t.empty() && is_all(t, is_digit); },
     [](schema_samples& random) { return std::to_string(1 + random.below(1'000'000)); }},
    {"^https:", [](const std::string& t) { return t.starts_with("https:"); },
     [](schema_samples& random) {
       return "https://hook.example/" + std::to_string(random.below(100));
     }},
}};

const known_pattern* pattern_of(const schema_json& schema) {
  const auto wanted = schema.value("pattern", "");
  const auto* const at =
      std::ranges::find(patterns, std::string_view(wanted), &known_pattern::pattern);
  return at == patterns.end() ? nullptr : at;
}

// RFC 3339 §5.6 in UTC, as our own times are.
bool is_time(const std::string& text) {
  constexpr std::string_view form = "0000-00-00T00:00:00";
  if (text.size() <= form.size() || text.back() != 'Z') return false;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const char want = i < form.size() ? form[i] : i == form.size() ? '.' : '0';
    if (want == '0' ? !is_digit(text[i]) : text[i] != want) return false;
  }
  return true;
}

bool is_of_type(const schema_json& value, const std::string& type) {
  if (type == "integer") {
    return value.is_number() && std::floor(value.get<double>()) == value.get<double>();
  }
  if (type == "number") return value.is_number();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "array") return value.is_array();
  if (type == "object") return value.is_object();
  return type == "null" && value.is_null();
}

bool holds(const schema_json& list, const schema_json& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

class checker {
 public:
  explicit checker(const schema_json& document) : document_(document) {}

  void check(const schema_json& value, const schema_json& schema, const std::string& at) {
    if (schema.is_boolean()) {
      if (!schema.get<bool>()) fault(at, "is not allowed");
      return;
    }
    if (!schema.is_object()) return fault(at, "has no schema");
    for (const auto& [keyword, unused] : schema.items()) {
      if (std::ranges::find(known_keywords, keyword) == known_keywords.end()) {
        fault(at, "keyword " + keyword + " is not known");
      }
    }
    if (schema.contains("$ref")) check(value, resolved(schema, document_), at);
    check_choice(value, schema, at);
    if (value.is_string()) check_text(value.get<std::string>(), schema, at);
    if (value.is_number()) check_number(value.get<double>(), schema, at);
    if (value.is_array()) check_array(value, schema, at);
    if (value.is_object()) check_object(value, schema, at);
  }

  std::vector<std::string> faults;

 private:
  void fault(const std::string& at, const std::string& what) {
    faults.push_back((at.empty() ? "/" : at) + ": " + what);
  }

  void check_choice(const schema_json& value, const schema_json& schema, const std::string& at) {
    if (schema.contains("type")) {
      const auto& type = schema["type"];
      const auto is = [&](const schema_json& one) {
        return is_of_type(value, one.get<std::string>());
      };
      if (type.is_array() ? std::none_of(type.begin(), type.end(), is) : !is(type)) {
        fault(at, "is not of type " + type.dump());
      }
    }
    if (schema.contains("const") && value != schema["const"]) fault(at, "is another constant");
    if (schema.contains("enum") && !holds(schema["enum"], value)) {
      fault(at, "is none of " + schema["enum"].dump());
    }
    const auto fits = [&](const schema_json& one) {
      checker c(document_);
      c.check(value, one, at);
      return c.faults.empty();
    };
    if (schema.contains("oneOf")
        && std::count_if(schema["oneOf"].begin(), schema["oneOf"].end(), fits) != 1) {
      fault(at, "does not fit exactly one of oneOf");
    }
    if (schema.contains("anyOf")
        && std::none_of(schema["anyOf"].begin(), schema["anyOf"].end(), fits)) {
      fault(at, "fits none of anyOf");
    }
  }

  void check_text(const std::string& text, const schema_json& schema, const std::string& at) {
    const auto length = characters(text);
    if (length < schema.value("minLength", 0U)) fault(at, "is too short");
    if (length > schema.value("maxLength", SIZE_MAX)) fault(at, "is too long");
    if (schema.value("format", "") == "date-time" && !is_time(text)) fault(at, "is no time");
    if (!schema.contains("pattern")) return;
    const auto* const pattern = pattern_of(schema);
    if (pattern == nullptr || !pattern->matches(text)) {
      fault(at, "does not match " + schema["pattern"].get<std::string>());
    }
  }

  void check_number(double number, const schema_json& schema, const std::string& at) {
    if (schema.contains("minimum") && number < schema["minimum"].get<double>()) {
      fault(at, "is too small");
    }
    if (schema.contains("maximum") && number > schema["maximum"].get<double>()) {
      fault(at, "is too large");
    }
  }

  void check_array(const schema_json& list, const schema_json& schema, const std::string& at) {
    if (list.size() < schema.value("minItems", 0U)) fault(at, "has too few elements");
    if (list.size() > schema.value("maxItems", SIZE_MAX)) fault(at, "has too many elements");
    if (!schema.contains("items")) return;
    for (std::size_t i = 0; i < list.size(); ++i) {
      check(list[i], schema["items"], at + "/" + std::to_string(i));
    }
  }

  void check_object(const schema_json& object, const schema_json& schema, const std::string& at) {
    if (object.size() < schema.value("minProperties", 0U)) fault(at, "has too few members");
    if (object.size() > schema.value("maxProperties", SIZE_MAX)) fault(at, "has too many members");
    if (schema.contains("required")) {
      for (const auto& name : schema["required"]) {
        if (!object.contains(name)) fault(at, "lacks " + name.get<std::string>());
      }
    }
    const auto& properties = schema.contains("properties") ? schema["properties"] : nothing;
    const auto& others =
        schema.contains("additionalProperties") ? schema["additionalProperties"] : nothing;
    for (const auto& [name, value] : object.items()) {
      const auto& own =
          properties.is_object() && properties.contains(name) ? properties[name] : others;
      if (!own.is_null()) check(value, own, at + "/" + name);
    }
  }

  const schema_json& document_;
};

}  // namespace

std::vector<std::string> schema_faults(const schema_json& value, const schema_json& schema,
                                       const schema_json& document) {
  checker c(document);
  c.check(value, schema, "");
  return std::move(c.faults);
}

const schema_json& resolved(const schema_json& schema, const schema_json& document) {
  if (!schema.is_object() || !schema.contains("$ref")) return schema;
  const auto text = schema["$ref"].get<std::string>();
  const schema_json::json_pointer at(text.substr(1));
  return document.contains(at) ? document.at(at) : nothing;
}

schema_json schema_samples::valid_text(const schema_json& schema) {
  const auto format = schema.value("format", "");
  if (const auto known = pool.find(format); known != pool.end() && !known->second.empty()) {
    return known->second[below(known->second.size())];
  }
  if (format == "date-time") return "2030-01-0" + std::to_string(1 + below(9)) + "T01:02:03Z";
  if (const auto* const pattern = pattern_of(schema)) return pattern->sample(*this);
  constexpr std::array<std::string_view, 12> pieces{"a",  "Z", "7", "-", " ",  "\"",
                                                    "\\", "/", "<", "é", "字", "😀"};
  const auto least = schema.value("minLength", std::uint64_t{0});
  const auto most = std::min(schema.value("maxLength", std::uint64_t{20}), least + 20);
  std::string text;
  for (auto n = least + below(most - least + 1); n > 0; --n) text += pieces[below(pieces.size())];
  return text;
}

schema_json schema_samples::valid_object(const schema_json& schema) {
  auto out = schema_json::object();
  if (!schema.contains("properties")) {
    const auto least = schema.value("minProperties", std::uint64_t{0});
    for (std::uint64_t i = 0; i < least; ++i) {
      out["member " + std::to_string(i)] = valid(schema["additionalProperties"]);
    }
    return out;
  }
  const auto required = schema.value("required", schema_json::array());
  for (const auto& [name, member] : schema["properties"].items()) {
    const bool must = std::ranges::any_of(required, [&](const auto& one) { return one == name; });
    if (!must && one_in(2)) continue;
    const auto known = pool.find(name);
    out[name] = known != pool.end() && !known->second.empty()
                    ? known->second[below(known->second.size())]
                    : valid(member);
  }
  return out;
}

schema_json schema_samples::valid(const schema_json& schema) {
  const auto& s = resolved(schema, document_);
  if (!s.is_object()) return nullptr;
  if (s.contains("const")) return s["const"];
  if (s.contains("enum")) return s["enum"][below(s["enum"].size())];
  for (const auto* const choice : {"oneOf", "anyOf"}) {
    if (s.contains(choice)) return valid(s[choice][below(s[choice].size())]);
  }
  auto type = s.value("type", schema_json("string"));
  if (type.is_array()) type = type[below(type.size())];
  if (type == "object") return valid_object(s);
  if (type == "boolean") return one_in(2);
  if (type == "string") return valid_text(s);
  if (type == "integer" || type == "number") {
    const auto least = s.value("minimum", std::uint64_t{0});
    const auto most = std::min(s.value("maximum", std::uint64_t{1000}), least + 1000);
    const auto number = least + below(most - least + 1);
    if (type == "number" && one_in(3)) return static_cast<double>(number) + 0.25;
    return number;
  }
  auto list = schema_json::array();
  if (!s.contains("items")) return type == "array" ? list : schema_json();
  const auto least = s.value("minItems", std::uint64_t{0});
  const auto most = std::min(s.value("maxItems", std::uint64_t{3}), least + 3);
  for (auto n = least + below(most - least + 1); n > 0; --n) list.push_back(valid(s["items"]));
  return list;
}

std::string schema_samples::odd_text() {
  const std::array<std::string, 16> texts{"",
                                          std::string(1, '\0'),
                                          std::string(300, 'x'),
                                          std::string(20'000, 'y'),
                                          "\xC3\x28",
                                          "\xED\xA0\x80",
                                          "\xF4\x90\x80\x80",
                                          "\xE2\x80\xAE"
                                          "drawkcab",
                                          "../../etc/passwd",
                                          "'; DROP TABLE zones; --",
                                          "<script>alert(1)</script>",
                                          "a@b@c",
                                          "-1",
                                          "99999999999999999999999",
                                          "%s%n%x",
                                          "\r\nSet-Cookie: a=b"};
  return texts[below(texts.size())];
}

schema_json schema_samples::odd_value() {
  auto deep = schema_json::array();
  for (auto n = below(80); n > 0; --n) deep = schema_json::array({deep});
  const std::array<schema_json, 14> values{nullptr,
                                           true,
                                           -1,
                                           0,
                                           1e308,
                                           -1e-308,
                                           9223372036854775807LL,
                                           18446744073709551615ULL,
                                           0.1,
                                           schema_json::array(),
                                           schema_json::object(),
                                           schema_json::array({nullptr, nullptr}),
                                           deep,
                                           odd_text()};
  return values[below(values.size())];
}

schema_json schema_samples::mutated(schema_json value) {
  if (value.empty() || value.is_primitive() || one_in(6)) return odd_value();
  const auto at = below(value.size());
  if (value.is_array()) {
    if (one_in(5)) {
      for (int i = 0; i < 60; ++i) value.push_back(value[at]);
      return value;
    }
    value[at] = mutated(value[at]);
    return value;
  }
  auto member = value.begin();
  std::advance(member, static_cast<std::ptrdiff_t>(at));
  if (one_in(5)) {
    value.erase(member);
  } else if (one_in(6)) {
    value[odd_text()] = odd_value();
  } else {
    member.value() = mutated(member.value());
  }
  return value;
}

}  // namespace signpost::test
