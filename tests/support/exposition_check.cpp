// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/exposition_check.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "tests/support/exposition_line.hpp"

namespace signpost::test {
namespace {

bool is_histogram(family_type type) {
  return type == family_type::histogram || type == family_type::gaugehistogram;
}

std::string_view suffix_of(const exposition_family& family, const exposition_sample& sample) {
  return std::string_view(sample.name).substr(family.name.size());
}

const std::string* find_label(const exposition_sample& sample, std::string_view name) {
  for (const auto& [key, value] : sample.labels) {
    if (key == name) return &value;
  }
  return nullptr;
}

// The label that tells the points of one metric apart, for this sample; empty if there is none.
std::string_view point_label(const exposition_family& family, const exposition_sample& sample) {
  if (is_histogram(family.type) && suffix_of(family, sample) == "_bucket") return "le";
  if (family.type == family_type::summary && suffix_of(family, sample).empty()) return "quantile";
  if (family.type == family_type::stateset) return family.name;
  return {};
}

std::string metric_key(const exposition_family& family, const exposition_sample& sample) {
  auto labels = sample.labels;
  const auto own = point_label(family, sample);
  std::erase_if(labels, [&](const auto& label) { return label.first == own; });
  std::ranges::sort(labels);
  std::string key;
  for (const auto& [name, value] : labels) key += name + '\0' + value + '\0';
  return key;
}

std::string check_labels(const exposition_family& family, const exposition_sample& sample) {
  const auto own = point_label(family, sample);
  if (own.empty()) return {};
  const auto* value = find_label(sample, own);
  if (value == nullptr) return "no label '" + std::string(own) + "'";
  if (family.type == family_type::stateset) return {};
  const auto number = parse_exposition_number(*value);
  if (!number || std::isnan(*number)) return "the label '" + std::string(own) + "' is no number";
  if (own == "le" && std::isinf(*number) && *number > 0 && *value != "+Inf") {
    return "the label 'le' of the last bucket must be +Inf";
  }
  if (own == "quantile" && (*number < 0 || *number > 1)) return "a quantile is from 0 to 1";
  return {};
}

bool is_count(double value) {
  return value >= 0 && std::floor(value) == value && std::isfinite(value);
}

std::string check_value(const exposition_family& family, const exposition_sample& sample) {
  const auto suffix = suffix_of(family, sample);
  const auto value = sample.value;
  const auto wrong = [&](bool is_wrong, const char* what) {
    return is_wrong ? std::string(what) : std::string();
  };
  switch (family.type) {
    case family_type::counter:
      return wrong(!(value >= 0), "a counter is 0 or more");
    case family_type::info:
      return wrong(value != 1, "an info metric has the value 1");
    case family_type::stateset:
      return wrong(value != 0 && value != 1, "a state is 0 or 1");
    case family_type::histogram:
      if (suffix == "_sum") return wrong(!(value >= 0) && !std::isnan(value), "a sum below 0");
      return wrong(suffix != "_created" && !is_count(value), "a count is a whole number");
    case family_type::gaugehistogram:
      if (suffix == "_gsum") return wrong(std::isnan(value), "a sum is no number");
      return wrong(!is_count(value), "a count is a whole number");
    case family_type::summary:
      if (suffix == "_count") return wrong(!is_count(value), "a count is a whole number");
      if (suffix == "_sum") return wrong(!(value >= 0), "a sum below 0");
      return wrong(value < 0, "a quantile's value below 0");
    case family_type::unknown:
    case family_type::gauge:
      return {};
  }
  return {};
}

std::string check_exemplar(const exposition_family& family, const exposition_sample& sample) {
  if (!sample.exemplar) return {};
  const auto suffix = suffix_of(family, sample);
  const bool allowed = (family.type == family_type::counter && suffix == "_total")
                       || (is_histogram(family.type) && suffix == "_bucket");
  return allowed ? "" : "an exemplar stands where none may";
}

// One metric of a histogram family at one time: its buckets, its sum and its count.
struct histogram_point {
  double le = -std::numeric_limits<double>::infinity();
  double in_bucket = -1;  // of the last bucket; below 0 = no bucket yet
  bool negative_bucket = false;
  std::optional<double> count;
  std::optional<double> sum;
};

std::string add_bucket(histogram_point& point, const exposition_sample& sample) {
  const auto le = *parse_exposition_number(*find_label(sample, "le"));
  if (point.in_bucket >= 0 && le <= point.le) return "the buckets are not in order";
  if (sample.value < point.in_bucket) return "a bucket has less than the one before it";
  point.le = le;
  point.in_bucket = sample.value;
  point.negative_bucket |= le < 0;
  return {};
}

std::string check_point(const histogram_point& point, bool gauge) {
  if (point.in_bucket < 0 || !std::isinf(point.le)) return "no bucket with le=\"+Inf\"";
  if (point.count && *point.count != point.in_bucket) return "the count is not that of +Inf";
  if (point.count.has_value() != point.sum.has_value()) return "sum and count go together";
  if (!gauge && point.negative_bucket && point.sum) return "a sum beside buckets below 0";
  if (gauge && point.sum && *point.sum < 0 && !point.negative_bucket) {
    return "a sum below 0 without buckets below 0";
  }
  return {};
}

std::string check_histogram(const exposition_family& family) {
  std::map<std::pair<std::string, std::optional<double>>, histogram_point> points;
  for (const auto& sample : family.samples) {
    auto& point = points[{metric_key(family, sample), sample.timestamp}];
    const auto suffix = suffix_of(family, sample);
    if (suffix == "_bucket") {
      if (auto wrong = add_bucket(point, sample); !wrong.empty()) return wrong;
    } else if (suffix.ends_with("count")) {
      point.count = sample.value;
    } else if (suffix.ends_with("sum")) {
      point.sum = sample.value;
    }
  }
  for (const auto& [key, point] : points) {
    auto wrong = check_point(point, family.type == family_type::gaugehistogram);
    if (!wrong.empty()) return wrong;
  }
  return {};
}

// Metrics follow one another whole; the points of one go forward in time and all or none have one.
std::string check_order(const exposition_family& family) {
  std::set<std::string> done;
  std::set<std::string> series;
  std::string current;
  std::optional<double> last;
  bool first = true;
  for (const auto& sample : family.samples) {
    const auto key = metric_key(family, sample);
    if (first || key != current) {
      if (!done.insert(key).second) return "the samples of one metric do not stand together";
      current = key;
      series.clear();
    } else {
      if (last.has_value() != sample.timestamp.has_value()) return "only some points have a time";
      if (last && *sample.timestamp < *last) return "time goes backwards";
      if (last != sample.timestamp) series.clear();
    }
    const auto own = find_label(sample, point_label(family, sample));
    const auto added = series.insert(sample.name + '\0' + (own == nullptr ? "" : *own)).second;
    if (!added && !sample.timestamp) return "one sample stands there twice";
    last = sample.timestamp;
    first = false;
  }
  return {};
}

std::string check_metadata(const exposition_family& family) {
  if (!family.unit || family.unit->empty()) return {};
  if (!family.name.ends_with("_" + *family.unit)) return "the name does not end with the unit";
  if (family.type == family_type::info || family.type == family_type::stateset) {
    return "this type has no unit";
  }
  return {};
}

}  // namespace

std::vector<std::string_view> suffixes_of(family_type type, exposition_format format) {
  const bool open = format == exposition_format::openmetrics;
  switch (type) {
    case family_type::counter:
      return open ? std::vector<std::string_view>{"_total", "_created"}
                  : std::vector<std::string_view>{""};
    case family_type::histogram:
      return open ? std::vector<std::string_view>{"_bucket", "_count", "_sum", "_created"}
                  : std::vector<std::string_view>{"_bucket", "_count", "_sum"};
    case family_type::summary:
      return open ? std::vector<std::string_view>{"", "_count", "_sum", "_created"}
                  : std::vector<std::string_view>{"", "_count", "_sum"};
    case family_type::gaugehistogram:
      return {"_bucket", "_gcount", "_gsum"};
    case family_type::info:
      return {"_info"};
    case family_type::unknown:
    case family_type::gauge:
    case family_type::stateset:
      return {""};
  }
  return {""};
}

std::string check_family(const exposition_family& family, exposition_format format) {
  if (auto wrong = check_metadata(family); !wrong.empty()) return wrong;
  for (const auto& sample : family.samples) {
    for (const auto check : {check_labels, check_value, check_exemplar}) {
      if (auto wrong = check(family, sample); !wrong.empty()) return wrong;
    }
  }
  if (is_histogram(family.type)) {
    if (auto wrong = check_histogram(family); !wrong.empty()) return wrong;
  }
  // The Prometheus format leaves the order of a family's samples open.
  return format == exposition_format::openmetrics ? check_order(family) : std::string();
}

}  // namespace signpost::test
