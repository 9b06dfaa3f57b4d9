// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Values for PostgreSQL, in its binary form: numbers big-endian, ids as 16 octets, texts and octets
// as they are. Nothing is ever written into the text of a statement, so nothing needs quoting.
//
//     statement s("SELECT value FROM zone WHERE id = ");
//     s.bind(id(zone)).add(" AND account = ").bind(id(account));
//
// Threads: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace signpost::storage::postgres {

struct parameter {
  unsigned type = 0;                        ///< PostgreSQL's number of the type
  std::optional<std::string> octets = {};  ///< not set: NULL
};

parameter flag(bool v);
/// bigint; larger ones than it can hold become its maximum.
parameter number(std::uint64_t v);
parameter signed_number(std::int64_t v);
parameter real(double v);
/// UTF-8 without NUL, or PostgreSQL refuses the statement (errc::malformed).
parameter text(std::string_view v);
parameter octets(std::string_view v);
/// Milliseconds since 1970; earlier times count as 1970.
parameter time(wall_time v);
/// 32 hexadecimal digits; NULL for any other text.
parameter id(std::string_view digits);
/// An array of them, without those that are not ids.
parameter ids(const std::vector<std::string>& digits);
parameter texts(const std::vector<std::string>& v);
parameter octet_strings(const std::vector<std::string>& v);
parameter numbers(const std::vector<std::int64_t>& v);

/// The text of a statement with the values of its parameters.
class statement {
 public:
  explicit statement(std::string_view sql) : sql_(sql) {}
  statement& add(std::string_view sql) {
    sql_ += sql;
    return *this;
  }
  /// Adds `$n`, which stands for this value.
  statement& bind(parameter value) {
    parameters_.push_back(std::move(value));
    sql_ += '$';
    sql_ += std::to_string(parameters_.size());
    return *this;
  }
  /// `$1, $2, …` for all of them.
  statement& bind_all(std::vector<parameter> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) sql_ += ", ";
      bind(std::move(values[i]));
    }
    return *this;
  }
  [[nodiscard]] const std::string& sql() const { return sql_; }
  [[nodiscard]] const std::vector<parameter>& parameters() const { return parameters_; }

 private:
  std::string sql_;
  std::vector<parameter> parameters_;
};

}  // namespace signpost::storage::postgres
