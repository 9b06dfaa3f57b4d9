// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "net/http/http_request_parser.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace signpost::net {
namespace {

using namespace std::string_literals;

constexpr http_request_limits small{.header_octets_max = 400, .body_octets_max = 20};

/// What came of `bytes`: `!status` for a refusal, `?` if more is wanted, else the request in one
/// line, with `+` if the connection may go on, and the octets that were left over.
std::string outcome(http_request_parser& parser, std::string_view bytes, std::size_t piece) {
  while (!bytes.empty() && parser.waiting()) {
    const auto now = bytes.substr(0, piece);
    bytes.remove_prefix(parser.feed(now));
  }
  if (parser.refusal()) {
    EXPECT_FALSE(parser.complete());
    return "!" + std::to_string(parser.refusal()->status);
  }
  if (!parser.complete()) return "?";
  const bool more = parser.keep_alive();
  const auto r = parser.take();
  return r.method + " " + r.path + (r.query.empty() ? "" : "?" + r.query) + " ["
         + std::string(r.header("host")) + "] " + r.body + (more ? "+" : "") + std::string(bytes);
}

struct request_case {
  const char* name;
  std::string bytes;
  std::string want;
};

const std::string h = "Host: x\r\n";
const std::string chunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

const std::vector<request_case> cases{
    {"Get", "GET /a%20b?c=d&e HTTP/1.1\r\n" + h + "\r\n", "GET /a%20b?c=d&e [x] +"},
    {"GetAndMore", "GET / HTTP/1.1\r\n" + h + "\r\nGET /2", "GET / [x] +GET /2"},
    {"Body", "POST / HTTP/1.1\r\n" + h + "Content-Length: 3\r\n\r\nabcd", "POST / [x] abc+d"},
    {"EmptyBody", "PUT / HTTP/1.1\r\n" + h + "Content-Length: 0\r\n\r\n", "PUT / [x] +"},
    {"BodyNotYet", "POST / HTTP/1.1\r\n" + h + "Content-Length: 3\r\n\r\nab", "?"},
    {"HeadNotYet", "GET / HTTP/1.1\r\n" + h, "?"},
    {"EmptyLineBefore", "\r\nGET / HTTP/1.1\r\n" + h + "\r\n", "GET / [x] +"},
    {"TwoEmptyLinesBefore", "\r\n\r\nGET / HTTP/1.1\r\n" + h + "\r\n", "!400"},
    {"LaterMinorVersion", "GET / HTTP/1.9\r\n" + h + "\r\n", "GET / [x] +"},
    {"Http10", "GET / HTTP/1.0\r\n\r\n", "GET / [] "},
    {"Http10KeepAlive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET / [] +"},
    {"Http09", "GET /\r\n", "?"},
    {"Http09WithEmptyLine", "GET /\r\n\r\n", "!400"},
    {"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "!505"},
    {"Close", "GET / HTTP/1.1\r\n" + h + "Connection: x, CLOSE\r\n\r\n", "GET / [x] "},
    {"CloseWins", "GET / HTTP/1.1\r\n" + h + "Connection: keep-alive\r\nConnection: close\r\n\r\n",
     "GET / [x] "},
    {"UnknownMethod", "BREW / HTTP/1.1\r\n" + h + "\r\n", "!501"},
    {"Connect", "CONNECT a:25 HTTP/1.1\r\n" + h + "\r\n", "!501"},
    {"MethodInLowerCase", "get / HTTP/1.1\r\n" + h + "\r\n", "!501"},
    {"BadMethod", "G@T / HTTP/1.1\r\n" + h + "\r\n", "!400"},
    {"TwoSpaces", "GET  / HTTP/1.1\r\n" + h + "\r\n", "!400"},
    {"SpaceInTarget", "GET /a b HTTP/1.1\r\n" + h + "\r\n", "!400"},
    {"SpaceBehindVersion", "GET / HTTP/1.1 \r\n" + h + "\r\n", "!400"},
    {"BadVersion", "GET / HTTQ/1.1\r\n" + h + "\r\n", "!400"},

    {"Absolute", "GET http://y:80/a?b HTTP/1.1\r\n" + h + "\r\n", "GET /a?b [y:80] +"},
    {"AbsoluteOfAnyCase", "GET HTTPS://y HTTP/1.1\r\n" + h + "\r\n", "GET / [y] +"},
    {"AbsoluteWithQueryOnly", "GET http://y?q HTTP/1.1\r\n" + h + "\r\n", "GET /?q [y] +"},
    {"AbsoluteWithUser", "GET http://u@y/ HTTP/1.1\r\n" + h + "\r\n", "!400"},
    {"AbsoluteWithoutHost", "GET http:///a HTTP/1.1\r\n" + h + "\r\n", "!400"},
    {"AbsoluteOfAnotherScheme", "GET ftp://y/ HTTP/1.1\r\n" + h + "\r\n", "!400"},
    {"AbsoluteStillWantsHost", "GET http://y/ HTTP/1.1\r\n\r\n", "!400"},
    {"RelativeTarget", "GET a HTTP/1.1\r\n" + h + "\r\n", "!400"},
    {"Fragment", "GET /a#b HTTP/1.1\r\n" + h + "\r\n", "!400"},
    {"OctetAbove127InTarget", "GET /\xc3\xa4 HTTP/1.1\r\n" + h + "\r\n", "!400"},
    {"Asterisk", "OPTIONS * HTTP/1.1\r\n" + h + "\r\n", "OPTIONS * [x] +"},
    {"AsteriskOfAnotherMethod", "GET * HTTP/1.1\r\n" + h + "\r\n", "!400"},

    {"NoHost", "GET / HTTP/1.1\r\n\r\n", "!400"},
    {"TwoHosts", "GET / HTTP/1.1\r\n" + h + h + "\r\n", "!400"},
    {"BadHost", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "!400"},
    {"HostWithUser", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", "!400"},
    {"EmptyHost", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / [] +"},
    {"HostInBrackets", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET / [[::1]:80] +"},

    {"BareLineFeed", "GET / HTTP/1.1\nHost: x\n\n", "!400"},
    {"BareLineFeedInFields", "GET / HTTP/1.1\r\nHost: x\n\r\n", "!400"},
    {"BareCarriageReturn", "GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", "!400"},
    {"NulInField", "GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n"s, "!400"},
    {"NulInTarget", "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n"s, "!400"},
    {"EscapeInField", "GET / HTTP/1.1\r\nHost: x\r\nA: \x1b[2J\r\n\r\n", "!400"},
    {"TabInField", "GET / HTTP/1.1\r\nHost: x\r\nA: b\tc\r\n\r\n", "GET / [x] +"},
    {"TlsHello", "\x16\x03\x01\x02\x00\x01"s, "!400"},
    {"Folded", "GET / HTTP/1.1\r\n" + h + "A: b\r\n c\r\n\r\n", "!400"},
    {"FoldedFirst", "GET / HTTP/1.1\r\n " + h + "\r\n", "!400"},
    {"NoColon", "GET / HTTP/1.1\r\n" + h + "abc\r\n\r\n", "!400"},
    {"SpaceBeforeColon", "GET / HTTP/1.1\r\n" + h + "Content-Length : 3\r\n\r\nabc", "!400"},
    {"NoName", "GET / HTTP/1.1\r\n" + h + ": b\r\n\r\n", "!400"},
    {"NameOfManyKinds", "GET / HTTP/1.1\r\n" + h + "x_-.~!: b\r\n\r\n", "GET / [x] +"},

    {"TwoLengths", "POST / HTTP/1.1\r\n" + h + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
     "!400"},
    {"TwoLengthsThatDiffer",
     "POST / HTTP/1.1\r\n" + h + "Content-Length: 3\r\ncontent-length: 4\r\n\r\nabc", "!400"},
    {"LengthList", "POST / HTTP/1.1\r\n" + h + "Content-Length: 3, 3\r\n\r\nabc", "!400"},
    {"NegativeLength", "POST / HTTP/1.1\r\n" + h + "Content-Length: -3\r\n\r\n", "!400"},
    {"SignedLength", "POST / HTTP/1.1\r\n" + h + "Content-Length: +3\r\n\r\nabc", "!400"},
    {"HexadecimalLength", "POST / HTTP/1.1\r\n" + h + "Content-Length: 0x3\r\n\r\nabc", "!400"},
    {"EmptyLength", "POST / HTTP/1.1\r\n" + h + "Content-Length:\r\n\r\n", "!400"},
    {"LargeLength", "POST / HTTP/1.1\r\n" + h + "Content-Length: 21\r\n\r\n", "!413"},
    {"HugeLength", "POST / HTTP/1.1\r\n" + h + "Content-Length: 99999999999999999999999\r\n\r\n",
     "!413"},
    {"LengthAndChunks",
     "POST / HTTP/1.1\r\n" + h + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     "!400"},
    {"ChunksAndLength",
     "POST / HTTP/1.1\r\n" + h + "transfer-encoding: chunked\r\ncontent-length: 0\r\n\r\n", "!400"},

    {"Chunks", chunked + "2\r\nab\r\n1;x=\"y\"\r\nc\r\n0\r\n\r\nGET", "POST / [x] abc+GET"},
    {"ChunksWithTrailer", chunked + "1\r\na\r\n0\r\nHost: evil\r\n\r\n", "POST / [x] a+"},
    {"ChunkSizeInBothCases", chunked + "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n",
     "POST / [x] 01234567890123456789+"},
    {"ChunkSizeWithZeros", chunked + "0002\r\nab\r\n000\r\n\r\n", "POST / [x] ab+"},
    {"ChunksNotYet", chunked + "2\r\nab\r\n", "?"},
    {"ChunkTrailerNotYet", chunked + "0\r\n", "?"},
    {"ChunkOverLimit", chunked + "15\r\n", "!413"},
    {"ChunksOverLimit", chunked + "10\r\n0123456789abcdef\r\n5\r\n", "!413"},
    {"ChunkSizeThatOverflows", chunked + "ffffffffffffffffff\r\n", "!413"},
    {"ChunkSizeOfNoDigits", chunked + "zz\r\n", "!400"},
    {"ChunkSizeMissing", chunked + "\r\n", "!400"},
    {"ChunkSizeNegative", chunked + "-1\r\n", "!400"},
    {"ChunkSizeWithPrefix", chunked + "0x2\r\nab\r\n", "!400"},
    {"ChunkSizePadded", chunked + " 2\r\nab\r\n", "!400"},
    {"ChunkSizeWithBareLineFeed", chunked + "2\nab\r\n", "!400"},
    {"ChunkDataTooLong", chunked + "2\r\nabc\r\n", "!400"},
    {"ChunkDataWithBareLineFeed", chunked + "2\r\nab\n0\r\n\r\n", "!400"},
    {"ChunkExtensionTooLong", chunked + "2;" + std::string(300, 'x') + "\r\n", "!400"},
    {"TrailerTooLarge", chunked + "0\r\nA: " + std::string(500, 'x') + "\r\n\r\n", "!431"},
    {"TrailerWithBareLineFeed", chunked + "0\r\nA: b\n\r\n", "!400"},

    {"TwoCodings",
     "POST / HTTP/1.1\r\n" + h + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
     "!400"},
    {"ChunkedTwice", "POST / HTTP/1.1\r\n" + h + "Transfer-Encoding: chunked, chunked\r\n\r\n",
     "!400"},
    {"ChunkedNotLast", "POST / HTTP/1.1\r\n" + h + "Transfer-Encoding: chunked, gzip\r\n\r\n",
     "!400"},
    {"UnknownCoding", "POST / HTTP/1.1\r\n" + h + "Transfer-Encoding: gzip, chunked\r\n\r\n",
     "!501"},
    {"CodingWithVerticalTab", "POST / HTTP/1.1\r\n" + h + "Transfer-Encoding: \vchunked\r\n\r\n",
     "!400"},
    {"CodingInQuotes", "POST / HTTP/1.1\r\n" + h + "Transfer-Encoding: \"chunked\"\r\n\r\n",
     "!400"},
    {"CodingInUpperCase", "POST / HTTP/1.1\r\n" + h + "Transfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n",
     "POST / [x] +"},
    {"CodingInHttp10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "!400"},

    {"UnknownExpectation", "POST / HTTP/1.1\r\n" + h + "Expect: 200-ok\r\n\r\n", "!417"},
    {"ExpectationInHttp10", "GET / HTTP/1.0\r\nExpect: 200-ok\r\n\r\n", "GET / [] "},

    {"LongTarget", "GET /" + std::string(500, 'a') + " HTTP/1.1\r\n", "!414"},
    {"LongField", "GET / HTTP/1.1\r\nA: " + std::string(500, 'a') + "\r\n", "!431"},
    {"EndlessFieldName", "GET / HTTP/1.1\r\n" + std::string(500, 'a'), "!431"},
};

class HttpRequestParser : public testing::TestWithParam<request_case> {};

TEST_P(HttpRequestParser, ReadsTheSameInPiecesOfAnySize) {
  for (const std::size_t piece :
       {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::string::npos}) {
    http_request_parser parser(small);
    EXPECT_EQ(outcome(parser, GetParam().bytes, piece), GetParam().want) << piece;
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, HttpRequestParser, testing::ValuesIn(cases),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(HttpRequestParserLimits, CountFields) {
  const auto with = [](std::size_t fields) {
    std::string bytes = "GET / HTTP/1.1\r\nHost: x\r\n";
    for (std::size_t i = 1; i < fields; ++i) bytes += "a:b\r\n";
    http_request_parser parser({});
    return outcome(parser, bytes + "\r\n", std::string::npos);
  };
  EXPECT_EQ(with(http_fields_max), "GET / [x] +");
  EXPECT_EQ(with(http_fields_max + 1), "!431");
}

TEST(HttpRequestParserLimits, ChunksOfOneOctetAreTakenButNotWithLongExtensions) {
  const auto with = [](const std::string& extension) {
    std::string bytes = chunked;
    for (int i = 0; i < 1000; ++i) bytes += "1" + extension + "\r\nx\r\n";
    http_request_parser parser({.header_octets_max = 400, .body_octets_max = 1000});
    return outcome(parser, bytes + "0\r\n\r\n", std::string::npos);
  };
  EXPECT_EQ(with(""), "POST / [x] " + std::string(1000, 'x') + "+");
  EXPECT_EQ(with(";" + std::string(100, 'e')), "!400");
}

TEST(HttpRequestParserState, TellsWhenContinueIsExpected) {
  http_request_parser parser({});
  const std::string head =
      "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 1";
  parser.feed(head);
  EXPECT_FALSE(parser.expects_continue()) << "not before the head is there";
  parser.feed("\r\n\r\n");
  EXPECT_TRUE(parser.expects_continue());
  parser.feed("a");
  EXPECT_FALSE(parser.expects_continue());
  EXPECT_TRUE(parser.complete());
}

TEST(HttpRequestParserState, IsFreshAfterTake) {
  http_request_parser parser(small);
  EXPECT_FALSE(parser.begun());
  EXPECT_EQ(outcome(parser, chunked + "1\r\na\r\n0\r\n\r\n", 3), "POST / [x] a+");
  EXPECT_FALSE(parser.begun());
  EXPECT_EQ(parser.held(), std::string().capacity() * 2);
  EXPECT_EQ(outcome(parser, "GET /2 HTTP/1.1\r\n" + h + "\r\n", 3), "GET /2 [x] +");
}

TEST(HttpRequestParserState, HoldsWhatHasComeNotWhatWasPromised) {
  http_request_parser parser({.body_octets_max = 100'000'000});
  parser.feed("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\nabc");
  EXPECT_LT(parser.held(), 1000U);
}

}  // namespace
}  // namespace signpost::net
