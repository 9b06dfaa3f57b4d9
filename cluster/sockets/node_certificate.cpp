// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/sockets/node_certificate.hpp"

#include "base/secret_file.hpp"
#include "cluster/link/identity.hpp"
#include "net/tls/certificate_authority.hpp"

namespace signpost::cluster {
namespace {

constexpr std::string_view issue_again =
    "issue it again with `signpost cluster certificate`, or with your own authority";

using findings = std::vector<certificate_finding>;

void bad(findings& all, std::string subject, std::string text, std::string_view hint) {
  all.push_back({finding_grade::bad, std::move(subject), std::move(text), std::string(hint)});
}
void good(findings& all, std::string subject, std::string text) {
  all.push_back({finding_grade::good, std::move(subject), std::move(text), {}});
}

std::string day_of(wall_time t) {
  return to_rfc3339(t).substr(0, 10);
}

void look_at_key(findings& all, const net::mutual_tls_files& files, const std::string& pem) {
  const auto key = read_secret_file(files.key, net::pem_octets_max);
  if (!key) {
    return bad(all, "key", key.error().context, "");
  }
  if (const auto belongs = net::check_key(pem, *key); !belongs) {
    return bad(all, "key", files.key + ": " + belongs.error().context,
               "put certificate and key of the same renewal in place");
  }
  good(all, "key", files.key + " belongs to it, and only this user can read it");
}

void look_at_names(findings& all, const link::identity& who, const certificate_wish& wish) {
  if (!wish.cluster.empty() && who.cluster != wish.cluster) {
    bad(all, "name", "it is for the cluster " + who.cluster + ", not " + wish.cluster, issue_again);
  } else if (!wish.name.empty() && who.name != wish.name) {
    bad(all, "name", "it is for the node '" + who.name + "', not '" + wish.name + "'", issue_again);
  } else {
    good(all, "name", "it is for the node '" + who.name + "' of the cluster " + who.cluster);
  }
  if (!who.roles.contains(wish.roles)) {
    bad(all, "roles", "it allows " + link::to_string(who.roles) + "; the node has "
                          + link::to_string(wish.roles), issue_again);
  } else {
    good(all, "roles", "it allows " + link::to_string(who.roles));
  }
}

void look_at_expiry(findings& all, const net::certificate_facts& facts, wall_time now) {
  const auto text = "it ends on " + day_of(facts.until);
  if ((facts.until - now) * renewal_part < facts.until - facts.from) {
    all.push_back({finding_grade::warning, "expiry", text, std::string(issue_again)});
  } else {
    good(all, "expiry", text);
  }
}

void look_at_authority(findings& all, const std::string& path, const std::string& pem,
                       wall_time now) {
  const auto facts = net::read_certificate(pem);
  if (!facts) return;
  const auto text = path + ": the authority ends on " + day_of(facts->until);
  if (facts->until - now > authority_warning) return good(all, "authority", text);
  all.push_back({finding_grade::warning, "authority", text,
                 "make a new one, add it to this file on every node, then issue all certificates "
                 "again"});
}

}  // namespace

std::vector<certificate_finding> check_node_certificate(const net::mutual_tls_files& files,
                                                        const certificate_wish& wish,
                                                        wall_time now) {
  findings all;
  const auto certificate = net::read_pem_file(files.certificate);
  const auto authority = net::read_pem_file(files.authority);
  if (!certificate || !authority) {
    bad(all, certificate ? "authority" : "certificate",
        certificate ? authority.error().context : certificate.error().context,
        "see cluster.md, Certificates");
    return all;
  }
  const auto accepted = net::check_certificate(*certificate, *authority, now);
  const auto facts = net::read_certificate(*certificate);
  if (!accepted || !facts) {
    const auto why = accepted ? facts.error().context : accepted.error().context;
    bad(all, "certificate", files.certificate + ": " + why, issue_again);
    if (!facts) return all;
  } else {
    good(all, "certificate", files.certificate + " is one of the authority in " + files.authority);
  }
  look_at_key(all, files, *certificate);
  if (const auto who = link::read_identity(facts->uris)) {
    look_at_names(all, *who, wish);
  } else {
    bad(all, "name", who.error().context, issue_again);
  }
  look_at_expiry(all, *facts, now);
  look_at_authority(all, files.authority, *authority, now);
  return all;
}

}  // namespace signpost::cluster
