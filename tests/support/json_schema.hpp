// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Checks JSON against the part of JSON Schema 2020-12 that the OpenAPI document uses, and makes
// values that a schema allows. A keyword that it does not know is a fault: nothing is passed over
// in silence, as general validators do.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::test {

using schema_json = nlohmann::ordered_json;

/// What is wrong with the value, each fault with its place in it; empty if it is as the schema
/// says.
/// `$ref`s are looked up in `document`.
[[nodiscard]] std::vector<std::string> schema_faults(const schema_json& value,
                                                     const schema_json& schema,
                                                     const schema_json& document);

/// What the schema's `$ref` names, or the schema itself; null if there is no such thing.
[[nodiscard]] const schema_json& resolved(const schema_json& schema, const schema_json& document);

/// Values made at random, the same for the same seed.
class schema_samples {
 public:
  schema_samples(const schema_json& document, std::uint64_t seed)
      : document_(document), random_(seed) {}

  /// Where a member has this name, or a text this format, one of these values is taken.
  std::map<std::string, std::vector<schema_json>, std::less<>> pool;

  /// A value that the schema allows.
  schema_json valid(const schema_json& schema);
  /// One place of the value is another than it was: mostly not allowed any more.
  schema_json mutated(schema_json value);
  /// Less than `bound`.
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : random_() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  /// A text of some kind that programs stumble over.
  std::string odd_text();

 private:
  schema_json valid_text(const schema_json& schema);
  schema_json valid_object(const schema_json& schema);
  schema_json odd_value();

  const schema_json& document_;
  std::mt19937_64 random_;
};

}  // namespace signpost::test
