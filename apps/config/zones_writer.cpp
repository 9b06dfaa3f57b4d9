// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>

#include "apps/config/zones_file.hpp"

namespace signpost::config {
namespace {

// Writes one file; every function writes one value, or says why it cannot. What is as it would be
// without a word is left out.
class zones_writer {
 public:
  result<std::string> file(const std::vector<model::zone>& zones) {
    out_ << YAML::BeginMap << YAML::Key << "zones" << YAML::Value << YAML::BeginSeq;
    for (const auto& z : zones) SP_CHECK(zone(z));
    out_ << YAML::EndSeq;
    // A node does not use an empty file unless the file itself says that this is intended.
    if (zones.empty()) pair("allow_empty", true);
    out_ << YAML::EndMap;
    return std::string(out_.c_str(), out_.size()) + "\n";
  }

 private:
  void pair(const char* key, const std::string& text) {
    out_ << YAML::Key << key << YAML::Value << YAML::DoubleQuoted << text;
  }
  void pair(const char* key, bool flag) { out_ << YAML::Key << key << YAML::Value << flag; }
  void bare(const char* key, const std::string& text) {
    out_ << YAML::Key << key << YAML::Value << text;
  }
  void list(const char* key, const std::vector<address::mailbox>& all) {
    out_ << YAML::Key << key << YAML::Value << YAML::Flow << YAML::BeginSeq;
    for (const auto& one : all) out_ << YAML::DoubleQuoted << one.to_string();
    out_ << YAML::EndSeq;
  }

  result<void> zone(const model::zone& z) {
    out_ << YAML::BeginMap;
    pair("name", z.name.ascii());
    if (z.id != z.name.ascii()) pair("id", z.id);
    if (!z.enabled) pair("enabled", false);
    if (z.subaddressing) pair("subaddressing", true);
    SP_CHECK(subdomains(z));
    if (!z.postmaster.empty()) list("postmaster", z.postmaster);
    authentication(z.admission);
    SP_CHECK(rules(z));
    if (z.apex_catch_all != model::catch_all()) {
      out_ << YAML::Key << "catch_all" << YAML::Value;
      SP_CHECK(catch_all(z.apex_catch_all, z.name.ascii()));
    }
    out_ << YAML::EndMap;
    return {};
  }

  result<void> subdomains(const model::zone& z) {
    if (z.subdomains.empty()) return {};
    out_ << YAML::Key << "subdomains" << YAML::Value << YAML::BeginSeq;
    for (const auto& name : z.subdomains) {
      const auto rest =
          std::ranges::find(z.subdomain_catch_alls, name, &model::subdomain_catch_all::domain);
      if (rest == z.subdomain_catch_alls.end()) {
        out_ << YAML::DoubleQuoted << name.ascii();
        continue;
      }
      out_ << YAML::BeginMap;
      pair("name", name.ascii());
      out_ << YAML::Key << "catch_all" << YAML::Value;
      SP_CHECK(catch_all(rest->rule, name.ascii()));
      out_ << YAML::EndMap;
    }
    out_ << YAML::EndSeq;
    return {};
  }

  void authentication(model::admission_policy policy) {
    // The store may keep it, but it has no effect then, and a zones file must not have it.
    if (!policy.enforce_dmarc) policy.quarantine = {};
    if (policy == model::admission_policy()) return;
    out_ << YAML::Key << "authentication" << YAML::Value << YAML::BeginMap;
    if (!policy.enforce_dmarc) bare("dmarc", "report");
    if (policy.quarantine == model::quarantine_action::reject) bare("quarantine", "reject");
    if (!policy.require_authentication) pair("require_pass", false);
    if (policy.own_author != model::admission_policy().own_author) {
      bare("own_author", std::string(to_string(policy.own_author)));
    }
    out_ << YAML::EndMap;
  }

  result<void> rules(const model::zone& z) {
    if (z.rules.empty()) return {};
    out_ << YAML::Key << "rules" << YAML::Value << YAML::BeginSeq;
    for (const auto& rule : z.rules) {
      out_ << YAML::BeginMap;
      matcher(rule);
      const bool literal = rule.matcher == model::matcher_kind::literal;
      if (rule.id != (literal ? rule.address.folded() : rule.subject())) pair("id", rule.id);
      if (!rule.name.empty()) pair("name", rule.name);
      if (!rule.enabled) pair("enabled", false);
      if (rule.priority != 0) bare("priority", number(rule.priority));
      conditions(rule.conditions);
      SP_CHECK(action(rule.action, rule.id));
      out_ << YAML::EndMap;
    }
    out_ << YAML::EndSeq;
    return {};
  }

  static std::string number(double n) {
    if (std::isinf(n)) return n > 0 ? ".inf" : "-.inf";
    return fmt::format("{}", n);
  }

  void matcher(const model::routing_rule& rule) {
    switch (rule.matcher) {
      case model::matcher_kind::literal:
        pair("address", rule.address.to_string());
        break;
      case model::matcher_kind::glob:
      case model::matcher_kind::regex:
        pair(rule.pattern.is_regex() ? "regex" : "glob", rule.pattern.text());
        break;
      case model::matcher_kind::all:
        pair("all", true);
        break;
    }
  }

  void conditions(const model::rule_conditions& all) {
    if (all.empty()) return;
    out_ << YAML::Key << "when" << YAML::Value << YAML::BeginMap;
    for (const auto& one : all.authentication) {
      pair(std::string(model::to_string(one.method)).c_str(), one.results.to_string());
    }
    if (all.size_over) bare("size_over", std::to_string(*all.size_over));
    if (all.size_under) bare("size_under", std::to_string(*all.size_under));
    out_ << YAML::EndMap;
  }

  result<void> catch_all(const model::catch_all& rest, const std::string& of) {
    out_ << YAML::BeginMap;
    SP_CHECK(action(rest.action, "the catch-all of " + of));
    if (!rest.enabled) pair("enabled", false);
    out_ << YAML::EndMap;
    return {};
  }

  result<void> action(const model::rule_action& a, const std::string& of) {
    if (a.kind == model::action_kind::drop) {
      pair("drop", true);
    } else if (a.kind == model::action_kind::reject) {
      pair("reject", a.reject_text);
    } else {
      return forward(a.destinations, of);
    }
    return {};
  }

  result<void> forward(const std::vector<model::destination>& to, const std::string& of) {
    std::vector<address::mailbox> mailboxes;
    if (to.size() == 1 && to.front().is_webhook() && to.front().fallbacks.empty()) {
      pair("webhook", to.front().webhook);
      return {};
    }
    if (to.size() == 1 && !to.front().is_webhook() && !to.front().fallbacks.empty()) {
      mailboxes = to.front().fallbacks;
      mailboxes.insert(mailboxes.begin(), to.front().mailbox);
      list("failover", mailboxes);
      return {};
    }
    for (const auto& one : to) {
      if (one.is_webhook() || !one.fallbacks.empty()) {
        return fail(errc::malformed,
                    of + ": a webhook or failover cannot be combined with other destinations");
      }
      mailboxes.push_back(one.mailbox);
    }
    list("forward", mailboxes);
    return {};
  }

  YAML::Emitter out_;
};

}  // namespace

result<std::string> write_zones(const std::vector<model::zone>& zones) {
  return zones_writer().file(zones);
}

}  // namespace signpost::config
