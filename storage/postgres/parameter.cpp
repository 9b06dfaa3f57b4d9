// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "storage/postgres/parameter.hpp"

#include <algorithm>
#include <bit>

#include "storage/control/control_schema.hpp"
#include "storage/format/key_numbers.hpp"

namespace signpost::storage::postgres {
namespace {

// The numbers of pg_type, which never change.
constexpr unsigned bool_type = 16;
constexpr unsigned bytea_type = 17;
constexpr unsigned int8_type = 20;
constexpr unsigned text_type = 25;
constexpr unsigned float8_type = 701;
constexpr unsigned uuid_type = 2950;
constexpr unsigned bytea_array_type = 1001;
constexpr unsigned text_array_type = 1009;
constexpr unsigned int8_array_type = 1016;
constexpr unsigned uuid_array_type = 2951;

void append_be32(std::string& out, std::size_t v) {
  schema::append_be32(out, static_cast<std::uint32_t>(v));
}

/// One dimension, from 1 on, without NULLs: what array_recv() of PostgreSQL reads.
parameter array(unsigned type, unsigned element_type, const std::vector<std::string>& elements) {
  std::string out;
  append_be32(out, elements.empty() ? 0 : 1);
  append_be32(out, 0);
  append_be32(out, element_type);
  if (!elements.empty()) {
    append_be32(out, elements.size());
    append_be32(out, 1);
  }
  for (const auto& element : elements) {
    append_be32(out, element.size());
    out += element;
  }
  return {.type = type, .octets = std::move(out)};
}

}  // namespace

parameter flag(bool v) {
  return {.type = bool_type, .octets = std::string(1, v ? '\1' : '\0')};
}

parameter number(std::uint64_t v) {
  return {.type = int8_type, .octets = schema::be64(std::min<std::uint64_t>(v, INT64_MAX))};
}

parameter signed_number(std::int64_t v) {
  return {.type = int8_type, .octets = schema::be64(static_cast<std::uint64_t>(v))};
}

parameter real(double v) {
  // -0 is 0, as it is in the order of rules.
  return {.type = float8_type, .octets = schema::be64(std::bit_cast<std::uint64_t>(v + 0.0))};
}

parameter text(std::string_view v) {
  return {.type = text_type, .octets = std::string(v)};
}

parameter octets(std::string_view v) {
  return {.type = bytea_type, .octets = std::string(v)};
}

parameter time(wall_time v) {
  return number(schema::to_key_time(v));
}

parameter id(std::string_view digits) {
  return {.type = uuid_type, .octets = control_schema::pack_id(digits)};
}

parameter ids(const std::vector<std::string>& digits) {
  std::vector<std::string> packed;
  for (const auto& one : digits) {
    if (auto octets = control_schema::pack_id(one)) packed.push_back(std::move(*octets));
  }
  return array(uuid_array_type, uuid_type, packed);
}

parameter texts(const std::vector<std::string>& v) {
  return array(text_array_type, text_type, v);
}

parameter octet_strings(const std::vector<std::string>& v) {
  return array(bytea_array_type, bytea_type, v);
}

parameter numbers(const std::vector<std::int64_t>& v) {
  std::vector<std::string> all;
  all.reserve(v.size());
  for (const auto n : v) all.push_back(schema::be64(static_cast<std::uint64_t>(n)));
  return array(int8_array_type, int8_type, all);
}

}  // namespace signpost::storage::postgres
