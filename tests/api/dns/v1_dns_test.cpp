// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// Help with the DNS: each fault with its name, and the zone file read back.
#include <functional>
#include <sstream>

#include "api/dns/dns_report.hpp"
#include "base/text.hpp"
#include "tests/api/v1_fixture.hpp"

namespace signpost::test {
namespace {

class V1Dns : public v1_api {
 protected:
  /// A set-up without a fault.
  void publish_all() {
    dns.add_address("mx.signpost.example", "192.0.2.1")
        .add_mx("example.org", 10, "mx.signpost.example")
        .add_txt("example.org", "v=spf1 a:mx.signpost.example ~all")
        .add_txt("s1._domainkey.example.org", "v=DKIM1; k=rsa; p=QU JD")
        .add_txt("_dmarc.example.org", "v=DMARC1; p=quarantine")
        .add_txt("_smtp._tls.example.org", "v=TLSRPTv1; rua=mailto:a@example.org");
  }
  json domain(const std::string& query = {}, std::size_t index = 0) {
    const auto got = own("GET", "/zones/" + zone_id + "/dns" + query);
    EXPECT_EQ(got.status, 200) << got.raw.body;
    return got.status == 200 ? got.result()["domains"].at(index) : json::object();
  }
  static json record(const json& shown, std::string_view purpose) {
    for (const auto& r : shown["records"]) {
      if (r["purpose"] == purpose) return r;
    }
    ADD_FAILURE() << "no record for " << purpose;
    return json::object();
  }

  std::string zone_id = zone();
};

TEST_F(V1Dns, FindsNothingWrongWhereNothingIs) {
  publish_all();
  const auto shown = domain();
  EXPECT_TRUE(shown["ready"].get<bool>());
  for (const auto* purpose : {"mx", "spf", "dkim", "dmarc", "tls_rpt"}) {
    const auto r = record(shown, purpose);
    EXPECT_EQ(r["status"], "ok") << r.dump();
    EXPECT_TRUE(r["fault"].is_null()) << r.dump();
    EXPECT_EQ(r["found"].size(), 1U);
  }
  EXPECT_EQ(record(shown, "mta_sts")["status"], "optional");
}

struct fault_case {
  const char* name;
  std::function<void(test::table_resolver&)> change;
  const char* purpose;
  const char* status;
  const char* fault;
  const char* fix_has;  ///< a part of what is to be done
};

class V1DnsFaults : public V1Dns, public testing::WithParamInterface<fault_case> {};

TEST_P(V1DnsFaults, AreNamed) {
  publish_all();
  GetParam().change(dns);
  const auto r = record(domain(), GetParam().purpose);
  EXPECT_EQ(r["status"], GetParam().status) << r.dump();
  EXPECT_EQ(r["fault"], GetParam().fault) << r.dump();
  EXPECT_FALSE(r["text"].get<std::string>().empty());
  EXPECT_NE(r["fix"].get<std::string>().find(GetParam().fix_has), std::string::npos) << r.dump();
}

// Whatever words it has for our addresses.
TEST_F(V1Dns, SpfIsEvaluatedAndNotComparedAsText) {
  for (const auto* const right :
       {"v=spf1 mx -all", "v=spf1 ip4:192.0.2.1 -all", "v=spf1 ip4:192.0.2.0/24 ~all",
        "v=spf1 include:spf.example.net -all", "v=spf1 redirect=spf.example.net",
        "v=spf1 a:other.example.net a:mx.signpost.example -all"}) {
    dns.remove("example.org");
    dns.remove("mx.signpost.example");
    dns.remove("spf.example.net");
    publish_all();
    dns.remove("example.org");
    dns.add_mx("example.org", 10, "mx.signpost.example").add_txt("example.org", right);
    dns.add_txt("spf.example.net", "v=spf1 ip4:192.0.2.1 -all");
    EXPECT_EQ(record(domain(), "spf")["status"], "ok") << right;
    const auto seen = call("GET", "/zones/" + zone_id + "/email/routing/dns");
    EXPECT_EQ(seen.raw.body.find("spf."), std::string::npos) << right << seen.raw.body;
    time.advance(std::chrono::minutes(1));
  }
}

using dns_table = test::table_resolver;

void only_spf(dns_table& t, std::initializer_list<std::string_view> records) {
  t.remove("example.org");
  t.add_mx("example.org", 10, "mx.signpost.example");
  for (const auto text : records) t.add_txt("example.org", text);
}
void only_mx(dns_table& t, std::initializer_list<std::string_view> hosts) {
  t.remove("example.org");
  t.add_txt("example.org", "v=spf1 a:mx.signpost.example ~all");
  for (const auto host : hosts) t.add_mx("example.org", 5, host);
}
void only_text(dns_table& t, std::string_view name, std::initializer_list<std::string_view> texts) {
  t.remove(name);
  for (const auto text : texts) t.add_txt(name, text);
}

std::vector<fault_case> faults() {
  return {
      {"MxMissing", [](auto& t) { only_mx(t, {}); }, "mx", "missing", "mx.missing",
       "example.org MX 10 mx.signpost.example"},
      {"NoSuchDomain", [](auto& t) { t.remove("example.org"); }, "mx", "missing", "mx.missing",
       "Publish"},
      {"MxElsewhere", [](auto& t) { only_mx(t, {"mx.old.example"}); }, "mx", "wrong",
       "mx.elsewhere", "replace all MX records"},
      {"MxMixed",
       [](auto& t) {
         only_mx(t, {"mx.old.example", "MX.signpost.example"});
       },
       "mx", "wrong", "mx.mixed", "Remove the MX records of mx.old.example"},
      {"MxNull", [](auto& t) { only_mx(t, {""}); }, "mx", "wrong", "mx.null", "Replace it"},
      {"MxIsAlias",
       [](auto& t) {
         t.remove("mx.signpost.example");
         t.add_cname("mx.signpost.example", "host.example");
       },
       "mx", "wrong", "mx.alias", "instead of the CNAME"},
      {"MxWithoutAddress", [](auto& t) { t.remove("mx.signpost.example"); }, "mx", "wrong",
       "mx.no_address", "Publish A and AAAA"},
      {"Servfail", [](auto& t) { t.set_status("example.org", dns::status::servfail); }, "mx",
       "unknown", "dns.servfail", "delegation"},
      {"Timeout", [](auto& t) { t.set_status("example.org", dns::status::timeout); }, "spf",
       "unknown", "dns.timeout", "Try again"},
      {"Bogus", [](auto& t) { t.set_security("example.org", dns::security::bogus); }, "mx", "wrong",
       "dns.bogus", "DS record"},
      {"SpfMissing", [](auto& t) { only_spf(t, {"something else"}); }, "spf", "missing",
       "spf.missing", "v=spf1 a:mx.signpost.example ~all"},
      {"SpfTwice",
       [](auto& t) {
         only_spf(t, {"v=spf1 a:mx.signpost.example -all", "v=spf1 mx -all"});
       },
       "spf", "wrong", "spf.several", "Keep one"},
      {"SpfWithoutUs", [](auto& t) { only_spf(t, {"v=spf1 include:x.example -all"}); }, "spf",
       "wrong", "spf.mechanism", "v=spf1 include:x.example a:mx.signpost.example -all"},
      {"SpfBehindTheEnd",
       [](auto& t) { only_spf(t, {"v=spf1 ip4:203.0.113.9 -all a:mx.signpost.example"}); }, "spf",
       "wrong", "spf.mechanism", "v=spf1 ip4:203.0.113.9 a:mx.signpost.example -all"},
      {"SpfInvalid", [](auto& t) { only_spf(t, {"v=spf1 ip4:nonsense -all"}); }, "spf", "wrong",
       "spf.invalid", "a:mx.signpost.example"},
      {"SpfForEverybody", [](auto& t) { only_spf(t, {"v=spf1 a:mx.signpost.example +all"}); },
       "spf", "weak", "spf.everybody", "~all"},
      {"DkimMissing", [](auto& t) { t.remove("s1._domainkey.example.org"); }, "dkim", "missing",
       "dkim.missing", "s1._domainkey.example.org TXT"},
      {"DkimDiffers", [](auto& t) { only_text(t, "s1._domainkey.example.org", {"p=WFla"}); },
       "dkim", "wrong", "dkim.differs", "Replace it"},
      {"DkimRevoked", [](auto& t) { only_text(t, "s1._domainkey.example.org", {"v=DKIM1; p="}); },
       "dkim", "wrong", "dkim.revoked", "Publish"},
      {"DkimTwice", [](auto& t) { t.add_txt("s1._domainkey.example.org", "p=WFla"); }, "dkim",
       "wrong", "dkim.several", "Keep one"},
      {"DmarcMissing", [](auto& t) { t.remove("_dmarc.example.org"); }, "dmarc", "missing",
       "dmarc.missing", "v=DMARC1; p=none"},
      {"DmarcNone", [](auto& t) { only_text(t, "_dmarc.example.org", {"v=DMARC1; p=none"}); },
       "dmarc", "weak", "dmarc.none", "p=quarantine"},
      {"DmarcTwice", [](auto& t) { t.add_txt("_dmarc.example.org", "v=DMARC1; p=reject"); },
       "dmarc", "wrong", "dmarc.several", "Keep one"},
      {"DmarcInvalid", [](auto& t) { only_text(t, "_dmarc.example.org", {"v=DMARC1; p=maybe"}); },
       "dmarc", "wrong", "dmarc.invalid", "Publish"},
      {"MtaStsThatWeDoNotServe",
       [](auto& t) { t.add_txt("_mta-sts.example.org", "v=STSv1; id=7"); }, "mta_sts", "unknown",
       "mta_sts.policy", "mx: mx.signpost.example"},
      {"TlsRptMissing", [](auto& t) { t.remove("_smtp._tls.example.org"); }, "tls_rpt", "missing",
       "tls_rpt.missing", "v=TLSRPTv1"}};
}

INSTANTIATE_TEST_SUITE_P(Table, V1DnsFaults, testing::ValuesIn(faults()),
                         [](const auto& i) { return i.param.name; });

TEST_F(V1Dns, LooksAtSubdomainsToo) {
  publish_all();
  ASSERT_EQ(
      call("POST", "/zones/" + zone_id + "/email/routing/enable", {{"name", "mail.example.org"}})
          .status,
      200);
  const auto below = domain("", 1);
  EXPECT_EQ(below["domain"], "mail.example.org");
  EXPECT_FALSE(below["ready"].get<bool>());
  EXPECT_EQ(record(below, "mx")["fault"], "mx.missing");
  // RFC 9989: the policy of the organisation's domain counts.
  EXPECT_EQ(record(below, "dmarc")["status"], "ok");
  EXPECT_EQ(domain("?domain=mail.example.org")["domain"], "mail.example.org");
  EXPECT_EQ(own("GET", "/zones/" + zone_id + "/dns?domain=else.example").code(), 2007);
}

// The TXT data of a line: strings in quotes, with escapes.
std::string text_of(std::string_view data, std::vector<std::size_t>& lengths) {
  std::string out;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (data[i] == ' ') continue;
    EXPECT_EQ(data[i], '"');
    std::size_t length = 0;
    for (++i; i < data.size() && data[i] != '"'; ++i, ++length) {
      if (data[i] != '\\') {
        out += data[i];
      } else if (data[i + 1] >= '0' && data[i + 1] <= '9') {
        out += static_cast<char>(std::stoi(std::string(data.substr(i + 1, 3))));
        i += 3;
      } else {
        out += data[++i];
      }
    }
    lengths.push_back(length);
  }
  return out;
}

TEST_F(V1Dns, ExportsAZoneFileThatCanBeReadBack) {
  const std::string key = "v=DKIM1; k=rsa; p=" + std::string(700, 'A');
  const std::string odd = "a\"b\\c;\xc3\xa9";
  const std::string below = "._domainkey.example.org";
  keys.published = {{.type = "TXT", .name = "long" + below, .content = key, .priority = {}},
                    {.type = "TXT", .name = "odd" + below, .content = odd, .priority = {}}};
  const auto got = own("GET", "/zones/" + zone_id + "/dns/export");
  ASSERT_EQ(got.status, 200);
  EXPECT_EQ(got.raw.content_type, "text/dns");
  std::map<std::string, std::string> read;
  for (const auto line : split(got.raw.body, '\n')) {
    if (line.empty() || line.starts_with(';')) continue;
    std::istringstream words{std::string(line)};
    std::string name, ttl, in, type;
    words >> name >> ttl >> in >> type;
    EXPECT_EQ(in, "IN") << line;
    EXPECT_TRUE(name.ends_with(".")) << line;
    const auto data = line.substr(line.find(" " + type + " ") + type.size() + 2);
    std::vector<std::size_t> lengths;
    read[name + type] = type == "TXT" ? text_of(data, lengths) : std::string(data);
    for (const auto length : lengths) EXPECT_LE(length, 255U) << line;
  }
  EXPECT_EQ(read["example.org.MX"], "10 mx.signpost.example.");
  EXPECT_EQ(read["example.org.TXT"], "v=spf1 a:mx.signpost.example ~all");
  EXPECT_EQ(read["long._domainkey.example.org.TXT"], key);
  EXPECT_EQ(read["odd._domainkey.example.org.TXT"], odd);
  EXPECT_EQ(read["_dmarc.example.org.TXT"], "v=DMARC1; p=none; rua=mailto:postmaster@example.org");
  EXPECT_FALSE(read.contains("_mta-sts.example.org.TXT")) << "nobody serves the policy";
}

struct insertion_case {
  const char* record;
  const char* want;
};

TEST(WithMechanism, StandsInFrontOfWhatEndsTheRecord) {
  const insertion_case cases[] = {
      {"v=spf1", "v=spf1 a:m.example"},
      {"v=spf1 mx", "v=spf1 mx a:m.example"},
      {"v=spf1  mx  ?all", "v=spf1 mx a:m.example ?all"},
      {"v=spf1 redirect=x.example", "v=spf1 a:m.example redirect=x.example"},
      {"v=spf1 -all A:M.example", "v=spf1 a:m.example -all"},
      {"v=spf1 a:m.example -all", "v=spf1 a:m.example -all"}};
  for (const auto& c : cases) {
    EXPECT_EQ(api::with_mechanism(c.record, "a:m.example"), c.want) << c.record;
  }
}

}  // namespace
}  // namespace signpost::test
