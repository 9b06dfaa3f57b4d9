// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/support/exposition_parser.hpp"

namespace signpost::test {
namespace {

constexpr auto open = exposition_format::openmetrics;
constexpr auto plain = exposition_format::prometheus_text;

struct page_case {
  std::string name;
  exposition_format format;
  std::string page;
  std::string objection;  // part of the error; empty = valid
};

class Exposition : public testing::TestWithParam<page_case> {};

TEST_P(Exposition, IsValidOrSaysWhyNot) {
  const auto parsed = parse_exposition(GetParam().page, GetParam().format);
  const auto said = parsed ? "" : parsed.error().context;
  EXPECT_EQ(parsed.has_value(), GetParam().objection.empty()) << said;
  EXPECT_NE(said.find(GetParam().objection), std::string::npos) << said;
}

INSTANTIATE_TEST_SUITE_P(
    OpenMetrics, Exposition,
    testing::Values(
        page_case{"Empty", open, "# EOF\n", ""},
        page_case{"Counter", open, "# TYPE x counter\nx_total{q=\"1\"} 5 12.5\n# EOF\n", ""},
        page_case{"NoEnd", open, "x 1\n", "no # EOF"},
        page_case{"MoreAfterTheEnd", open, "# EOF\nx 1\n", "follows # EOF"},
        page_case{"Comment", open, "# hello\n# EOF\n", "no HELP"},
        page_case{"EmptyLine", open, "x 1\n\n# EOF\n", "empty line"},
        page_case{"TwoSpaces", open, "x  1\n# EOF\n", "no number"},
        page_case{"Hexadecimal", open, "x 0x10\n# EOF\n", "no number"},
        page_case{"Exponent", open, "x -1.5E+3\n# EOF\n", ""},
        page_case{"BadExponent", open, "x 1e\n# EOF\n", "no number"},
        page_case{"Infinite", open, "x -Inf\n# EOF\n", ""},
        page_case{"TwoLabelsOfOneName", open, "x{a=\"1\",a=\"2\"} 1\n# EOF\n", "twice"},
        page_case{"CommaAtTheEnd", open, "x{a=\"1\",} 1\n# EOF\n", "no label"},
        page_case{"OpenQuote", open, "x{a=\"1} 1\n# EOF\n", "no closing quote"},
        page_case{"NegativeCounter", open, "# TYPE x counter\nx_total -2\n# EOF\n", "0 or more"},
        page_case{"CounterWithoutTotal", open, "# TYPE x counter\nx 2\n# EOF\n", "two families"},
        page_case{"TypeAfterSample", open, "x 1\n# TYPE x gauge\n# EOF\n", "behind samples"},
        page_case{"TwoTypes", open, "# TYPE x gauge\n# TYPE x gauge\n# EOF\n", "twice"},
        page_case{"FamilyInTwoParts", open, "x 1\ny 1\nx{a=\"1\"} 1\n# EOF\n", "two families"},
        page_case{"NamesClash", open, "# TYPE x counter\n# TYPE x_total gauge\n# EOF\n",
                  "two families"},
        page_case{"UnitNotInName", open, "# TYPE x gauge\n# UNIT x bytes\n# EOF\n",
                  "end with the unit"},
        page_case{"Histogram", open,
                  "# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 3\nh_count 3\n"
                  "h_sum 4.5\n# EOF\n",
                  ""},
        page_case{"HistogramFallsBack", open,
                  "# TYPE h histogram\nh_bucket{le=\"1\"} 4\nh_bucket{le=\"+Inf\"} 3\n# EOF\n",
                  "less than the one before"},
        page_case{"HistogramWithoutEnd", open, "# TYPE h histogram\nh_bucket{le=\"1\"} 4\n# EOF\n",
                  "+Inf"},
        page_case{"HistogramCountDisagrees", open,
                  "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 3\nh_count 4\nh_sum 1\n# EOF\n",
                  "count is not"},
        page_case{"HistogramHalfABucket", open,
                  "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 0.5\n# EOF\n", "whole number"},
        page_case{"QuantileOverOne", open, "# TYPE s summary\ns{quantile=\"1.5\"} 1\n# EOF\n",
                  "from 0 to 1"},
        page_case{"InfoIsOne", open, "# TYPE i info\ni_info{v=\"1\"} 0\n# EOF\n", "value 1"},
        page_case{"StateIsZeroOrOne", open, "# TYPE s stateset\ns{s=\"on\"} 3\n# EOF\n", "0 or 1"},
        page_case{"SampleTwice", open, "# TYPE g gauge\ng 1\ng 2\n# EOF\n", "twice"},
        page_case{"TimeBackwards", open, "# TYPE g gauge\ng 1 9\ng 2 8\n# EOF\n", "backwards"},
        page_case{"MetricsInterleaved", open,
                  "# TYPE g gauge\ng{a=\"1\"} 1\ng{a=\"2\"} 1\ng{a=\"1\"} 2 3\n# EOF\n",
                  "stand together"},
        page_case{"Exemplar", open, "# TYPE x counter\nx_total 1 # {t=\"9\"} 0.5 3\n# EOF\n", ""},
        page_case{"ExemplarOnAGauge", open, "# TYPE x gauge\nx 1 # {t=\"9\"} 0.5\n# EOF\n",
                  "none may"},
        page_case{
            "ExemplarTooLong", open,
            "# TYPE x counter\nx_total 1 # {t=\"" + std::string(128, 'v') + "\"} 0.5\n# EOF\n",
            "128"}),
    [](const auto& one) { return one.param.name; });

INSTANTIATE_TEST_SUITE_P(
    PrometheusText, Exposition,
    testing::Values(
        page_case{"PlainEmpty", plain, "", ""},
        page_case{"PlainCounter", plain,
                  "# a comment\n\n# HELP x_total Help.\n# TYPE x_total counter\nx_total 1\n", ""},
        page_case{"PlainSpaces", plain, "x {a=\"1\", b=\"2\",}   1.5  1234\n", ""},
        page_case{"PlainNegativeCounter", plain, "# TYPE x_total counter\nx_total -1\n",
                  "0 or more"},
        page_case{"PlainNoValue", plain, "x\n", "no number"},
        page_case{"PlainOpenMetricsType", plain, "# TYPE x info\n", "no type"},
        page_case{"PlainFamilyTwice", plain, "x 1\ny 1\nx 2\n", "two families"}),
    [](const auto& one) { return one.param.name; });

TEST(ParsedExposition, KeepsLabelsHelpAndValues) {
  const auto families = parse_exposition(
      "# TYPE x gauge\n# HELP x one\\ntwo\nx{a=\"q\\\"\\\\\\n\",b=\"\"} 2.5 7\n# EOF\n", open);
  ASSERT_TRUE(families);
  ASSERT_EQ(families->size(), 1U);
  const auto& f = families->front();
  EXPECT_EQ(f.help, "one\ntwo");
  ASSERT_EQ(f.samples.size(), 1U);
  EXPECT_EQ(f.samples[0].labels, (label_list{{"a", "q\"\\\n"}, {"b", ""}}));
  EXPECT_EQ(f.samples[0].value, 2.5);
  EXPECT_EQ(f.samples[0].timestamp, 7.0);
}

TEST(ParsedExposition, IsLimitedInSize) {
  const std::string page(exposition_octets_max + 1, '\n');
  EXPECT_EQ(parse_exposition(page, plain).error().code, errc::limit_exceeded);
}

TEST(LintExposition, NamesBadStyle) {
  const auto families = parse_exposition(
      "# HELP foo_total Help.\n# TYPE foo_total counter\nfoo_total 1\n"
      "# TYPE signpost_wait_ms gauge\nsignpost_wait_ms{job=\"x\"} 1\n"
      "# HELP signpost_a Help.\n# TYPE signpost_a gauge\nsignpost_a 1\n"
      "# HELP signpost_a_total Help.\n# TYPE signpost_a_total counter\nsignpost_a_total 1\n",
      plain);
  ASSERT_TRUE(families);
  const std::vector<std::string> want{
      "foo_total: does not begin with signpost_", "signpost_wait_ms: has no help",
      "signpost_wait_ms: has a unit that is no base unit",
      "signpost_wait_ms: the label job belongs to Prometheus",
      "signpost_a_total: clashes with another family in OpenMetrics"};
  EXPECT_EQ(lint_exposition(*families), want);
}

}  // namespace
}  // namespace signpost::test
