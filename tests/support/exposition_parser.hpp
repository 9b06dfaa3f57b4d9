// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Reads what a /metrics page says and judges it: OpenMetrics text 1.0 in full strictness, and the
// Prometheus text format 0.0.4 that the node writes.
//
// Threads: functions of their arguments. Limits: `exposition_octets_max`; time and memory grow with
// the text (times the logarithm of its length).
// Not done: native histograms, names in quotes (OpenMetrics 2.0).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace signpost::test {

inline constexpr std::size_t exposition_octets_max = 64U << 20;

enum class exposition_format : std::uint8_t { prometheus_text, openmetrics };

enum class family_type : std::uint8_t {
  unknown,
  gauge,
  counter,
  histogram,
  summary,
  gaugehistogram,
  info,
  stateset,
};

using label_list = std::vector<std::pair<std::string, std::string>>;

struct exposition_exemplar {
  label_list labels;
  double value = 0;
  std::optional<double> timestamp;
};

struct exposition_sample {
  std::string name;   ///< with its suffix: `a_total`, `a_bucket`
  label_list labels;  ///< as written, unescaped
  double value = 0;
  std::optional<double> timestamp;  ///< seconds (OpenMetrics) or milliseconds (Prometheus)
  std::optional<exposition_exemplar> exemplar;
};

struct exposition_family {
  std::string name;  ///< without suffix in OpenMetrics; as in `# TYPE` otherwise
  family_type type = family_type::unknown;
  std::optional<std::string> help;
  std::optional<std::string> unit;
  std::vector<exposition_sample> samples;
};

/// The families in order. errc::malformed names the line and the rule that it breaks: those of
/// syntax, order and grouping, of names that clash, and of the values that a type may have.
/// errc::limit_exceeded for a text over the limit.
result<std::vector<exposition_family>> parse_exposition(std::string_view text,
                                                        exposition_format format);

/// What is legal and yet bad style on a page of ours; one line each: a name without `signpost_`, no
/// help, a counter without `_total` or something else with it, a unit that is no base unit, a
/// label that belongs to Prometheus, two families that would clash in OpenMetrics.
std::vector<std::string> lint_exposition(const std::vector<exposition_family>& families);

}  // namespace signpost::test
