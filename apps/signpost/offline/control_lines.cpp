// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/signpost/offline/control_lines.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "api/rules/rule_json.hpp"
#include "base/rfc3339.hpp"
#include "base/text.hpp"

namespace signpost::cli {
namespace {

using json = nlohmann::ordered_json;
using model::rule_object;

constexpr std::size_t id_octets = 16;
constexpr std::size_t name_shown_max = 60;

// ---- reading -----------------------------------------------------------------------------------

tl::unexpected<error> wrong(std::string_view name, std::string_view what) {
  return fail(errc::malformed,
              "'" + printable(name, name_shown_max) + "' must be " + std::string(what));
}

result<void> read(const json& value, std::string_view name, std::string& to) {
  if (!value.is_string()) return wrong(name, "text");
  to = value.get_ref<const std::string&>();
  return {};
}

result<void> read(const json& value, std::string_view name, bool& to) {
  if (!value.is_boolean()) return wrong(name, "true or false");
  to = value.get<bool>();
  return {};
}

result<void> read(const json& value, std::string_view name, double& to) {
  if (!value.is_number()) return wrong(name, "a number");
  to = value.get<double>();
  return {};
}

result<void> read(const json& value, std::string_view name, std::uint32_t& to) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > 0xFFFFFFFFU) {
    return wrong(name, "a small number");
  }
  to = value.get<std::uint32_t>();
  return {};
}

result<void> read(const json& value, std::string_view name, wall_time& to) {
  const auto time = value.is_string() ? parse_rfc3339(value.get_ref<const std::string&>())
                                      : std::optional<wall_time>();
  if (!time) return wrong(name, "a time such as 2026-11-24T01:30:00.000Z");
  to = *time;
  return {};
}

result<void> read(const json& value, std::string_view name, std::vector<std::string>& to) {
  if (!value.is_array()) return wrong(name, "a list of strings");
  to.reserve(value.size());
  for (const auto& one : value) SP_CHECK(read(one, name, to.emplace_back()));
  return {};
}

template <typename T>
result<void> read(const json& value, std::string_view name, std::optional<T>& to) {
  return read(value, name, to.emplace());
}

/// Calls `member(name, value)` for each member; it answers false for one that is not known.
template <typename Member>
result<void> read_object(const json& object, std::string_view what, const Member& member) {
  if (!object.is_object()) return wrong(what, "an object");
  for (auto at = object.begin(); at != object.end(); ++at) {
    SP_TRY(const bool known, member(std::string_view(at.key()), at.value()));
    if (!known) {
      return fail(errc::malformed, "'" + printable(at.key(), name_shown_max)
                                       + "' is not a known member of " + std::string(what));
    }
  }
  return {};
}

template <typename Item, typename Read>
result<void> read_list(const json& list, std::string_view name, std::vector<Item>& to,
                       const Read& read_one) {
  if (!list.is_array()) return wrong(name, "a list");
  to.reserve(list.size());
  for (const auto& one : list) SP_CHECK(read_one(one, to.emplace_back()));
  return {};
}

/// One member of an object on its way to the field of its name.
class picked {
 public:
  picked(std::string_view name, const json& value) : name_(name), value_(value) {}

  template <typename Field>
  picked& into(std::string_view name, Field& field) {
    return by(name, [&] { return read(value_, name_, field); });
  }
  template <typename Read>
  picked& by(std::string_view name, const Read& read_it) {
    if (name != name_ || outcome_) return *this;
    outcome_ = read_it();
    return *this;
  }
  /// False: nothing has this name.
  [[nodiscard]] result<bool> outcome() const {
    if (!outcome_) return false;
    if (!*outcome_) return tl::unexpected(outcome_->error());
    return true;
  }

 private:
  std::string_view name_;
  const json& value_;
  std::optional<result<void>> outcome_;
};

result<void> read_matcher(const json& object, model::rule_matcher& m) {
  return read_object(object, "a matcher",
                     [&](std::string_view name, const json& value) -> result<bool> {
                       return picked(name, value)
                           .into("type", m.type)
                           .into("field", m.field)
                           .into("value", m.value)
                           .outcome();
                     });
}

result<void> read_action(const json& object, model::rule_object_action& a) {
  return read_object(
      object, "an action", [&](std::string_view name, const json& value) -> result<bool> {
        return picked(name, value).into("type", a.type).into("value", a.value).outcome();
      });
}

result<void> read_rule(const json& object, const line_defaults& defaults, rule_object& r) {
  const auto member = [&](std::string_view name, const json& value) -> result<bool> {
    return picked(name, value)
        .into("id", r.id)
        .into("catch_all", r.catch_all)
        .into("name", r.name)
        .into("enabled", r.enabled)
        .into("priority", r.priority)
        .into("source", r.source)
        .into("owner_worker_tag", r.owner_worker_tag)
        .into("created", r.created)
        .into("modified", r.modified)
        .by("matchers", [&] { return read_list(value, name, r.matchers, read_matcher); })
        .by("actions", [&] { return read_list(value, name, r.actions, read_action); })
        .outcome();
  };
  SP_CHECK(read_object(object, "a rule", member));
  if (r.id.empty()) r.id = draw_id(defaults.random);
  if (r.created == wall_time{}) r.created = defaults.now;
  if (r.modified == wall_time{}) r.modified = r.created;
  return {};
}

result<void> read_subdomain(const json& object, const line_defaults& defaults,
                            model::zone_subdomain& s) {
  SP_CHECK(read_object(object, "a subdomain",
                       [&](std::string_view name, const json& value) -> result<bool> {
                         return picked(name, value)
                             .into("id", s.id)
                             .into("name", s.name)
                             .into("enabled", s.enabled)
                             .outcome();
                       }));
  if (s.id.empty()) s.id = draw_id(defaults.random);
  return {};
}

result<void> read_quarantine(const json& value, std::string_view name,
                             model::quarantine_action& to) {
  if (value != "mark" && value != "reject") return wrong(name, "mark or reject");
  to = value == "reject" ? model::quarantine_action::reject : model::quarantine_action::mark;
  return {};
}

result<void> read_own_author(const json& value, std::string_view name,
                             model::own_author_action& to) {
  const auto action = value.is_string()
                          ? model::parse_own_author_action(value.get<std::string>())
                          : std::nullopt;
  if (!action) return wrong(name, "mark, reject or off");
  to = *action;
  return {};
}

result<void> read_admission(const json& object, model::admission_policy& p) {
  return read_object(
      object, "authentication", [&](std::string_view name, const json& value) -> result<bool> {
        return picked(name, value)
            .into("enforce_dmarc", p.enforce_dmarc)
            .into("require_authentication", p.require_authentication)
            .by("quarantine", [&] { return read_quarantine(value, name, p.quarantine); })
            .by("own_author", [&] { return read_own_author(value, name, p.own_author); })
            .outcome();
      });
}

result<void> read_zone(const json& object, const line_defaults& defaults, model::zone_object& z) {
  const auto member = [&](std::string_view name, const json& value) -> result<bool> {
    return picked(name, value)
        .into("id", z.id)
        .into("account", z.account)
        .into("name", z.name)
        .into("paused", z.paused)
        .into("created", z.created)
        .into("modified", z.modified)
        .into("enabled", z.routing_enabled)
        .into("locked", z.routing_locked)
        .into("skip_wizard", z.skip_wizard)
        .into("subaddressing", z.support_subaddress)
        .into("routing_created", z.routing_created)
        .into("routing_modified", z.routing_modified)
        .by("authentication", [&] { return read_admission(value, z.admission); })
        .by("subdomains",
            [&] {
              return read_list(value, name, z.subdomains, [&](const json& one, auto& to) {
                return read_subdomain(one, defaults, to);
              });
            })
        .outcome();
  };
  z.routing_enabled = true;
  SP_CHECK(read_object(object, "a zone", member));
  if (z.name.empty()) return fail(errc::malformed, "a zone without a name");
  if (z.id.empty()) z.id = draw_id(defaults.random);
  if (z.created == wall_time{}) z.created = defaults.now;
  if (z.modified == wall_time{}) z.modified = z.created;
  if (z.routing_created == wall_time{}) z.routing_created = z.created;
  if (z.routing_modified == wall_time{}) z.routing_modified = z.routing_created;
  return {};
}

result<control_line> read_zone_line(const json& line, const line_defaults& defaults) {
  zone_with_rules out;
  const auto read_one = [&](const json& one, rule_object& to) {
    return read_rule(one, defaults, to);
  };
  SP_CHECK(read_object(
      line, "a line of a zone", [&](std::string_view name, const json& value) -> result<bool> {
        return picked(name, value)
            .by("zone", [&] { return read_zone(value, defaults, out.zone); })
            .by("rules", [&] { return read_list(value, name, out.rules, read_one); })
            .outcome();
      }));
  for (auto& rule : out.rules) rule.zone = out.zone.id;
  return control_line(std::move(out));
}

result<control_line> read_account_line(const json& object, const line_defaults& defaults) {
  model::account a;
  SP_CHECK(read_object(object, "an account",
                       [&](std::string_view name, const json& value) -> result<bool> {
                         return picked(name, value)
                             .into("id", a.id)
                             .into("name", a.name)
                             .into("created", a.created)
                             .outcome();
                       }));
  if (a.name.empty()) return fail(errc::malformed, "an account without a name");
  if (a.id.empty()) a.id = draw_id(defaults.random);
  if (a.created == wall_time{}) a.created = defaults.now;
  return control_line(std::move(a));
}

result<control_line> read_address_line(const json& object, const line_defaults& defaults) {
  model::destination_address a;
  SP_CHECK(read_object(object, "an address",
                       [&](std::string_view name, const json& value) -> result<bool> {
                         return picked(name, value)
                             .into("id", a.id)
                             .into("account", a.account)
                             .into("email", a.email)
                             .into("verified", a.verified)
                             .into("created", a.created)
                             .into("modified", a.modified)
                             .into("verification_sent", a.verification_sent)
                             .into("verifications_sent", a.verifications_sent)
                             .into("verification_mail", a.verification_mail)
                             .outcome();
                       }));
  if (a.email.empty()) return fail(errc::malformed, "an address without an email");
  if (a.id.empty()) a.id = draw_id(defaults.random);
  if (a.created == wall_time{}) a.created = defaults.now;
  if (a.modified == wall_time{}) a.modified = a.created;
  return control_line(std::move(a));
}

// ---- writing -----------------------------------------------------------------------------------

/// Members that differ from what reading them fills in.
class members {
 public:
  template <typename T>
  members& add(const char* name, const T& value, const T& usual) {
    if (value != usual) out_[name] = value;
    return *this;
  }
  members& add(const char* name, wall_time value, wall_time usual = {}) {
    if (value != usual) out_[name] = to_rfc3339(value);
    return *this;
  }
  template <typename T>
  members& add(const char* name, const std::optional<T>& value) {
    if (!value) return *this;
    if constexpr (std::is_same_v<T, wall_time>) {
      out_[name] = to_rfc3339(*value);
    } else {
      out_[name] = *value;
    }
    return *this;
  }
  members& put(const char* name, json value) {
    out_[name] = std::move(value);
    return *this;
  }
  json take() { return std::move(out_); }

 private:
  json out_ = json::object();
};

json rule_json(const rule_object& r) {
  const rule_object usual;
  members out;
  out.put("id", r.id);
  out.add("catch_all", r.catch_all, false).add("name", r.name);
  out.add("enabled", r.enabled, true).add("priority", r.priority, 0.0);
  out.add("source", r.source, usual.source).add("owner_worker_tag", r.owner_worker_tag);
  out.put("matchers", api::matchers_json(r.matchers));
  out.put("actions", api::actions_json(r.actions));
  return out.add("created", r.created).add("modified", r.modified, r.created).take();
}

json admission_json(const model::admission_policy& p) {
  const model::admission_policy usual;
  members out;
  out.add("enforce_dmarc", p.enforce_dmarc, usual.enforce_dmarc);
  out.add("require_authentication", p.require_authentication, usual.require_authentication);
  if (p.quarantine != usual.quarantine) out.put("quarantine", "reject");
  if (p.own_author != usual.own_author) out.put("own_author", to_string(p.own_author));
  return out.take();
}

json zone_json(const model::zone_object& z) {
  members out;
  out.put("id", z.id).put("account", z.account).put("name", z.name);
  out.add("paused", z.paused, false).add("enabled", z.routing_enabled, true);
  out.add("locked", z.routing_locked, true).add("skip_wizard", z.skip_wizard, false);
  out.add("subaddressing", z.support_subaddress, false);
  auto list = json::array();
  for (const auto& s : z.subdomains) {
    list.push_back(
        members().put("id", s.id).put("name", s.name).add("enabled", s.enabled, true).take());
  }
  if (!list.empty()) out.put("subdomains", std::move(list));
  if (z.admission != model::admission_policy()) {
    out.put("authentication", admission_json(z.admission));
  }
  out.add("created", z.created).add("modified", z.modified, z.created);
  out.add("routing_created", z.routing_created, z.created);
  return out.add("routing_modified", z.routing_modified, z.routing_created).take();
}

std::string text_of_line(const json& line) {
  return line.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

model::object_id draw_id(random_source& random) {
  std::array<std::byte, id_octets> octets{};
  random.fill(octets);
  return to_hex(octets);
}

result<control_line> parse_control_line(std::string_view text, const line_defaults& defaults) {
  const auto line = json::parse(text, nullptr, false);
  if (line.is_discarded() || !line.is_object()) {
    return fail(errc::malformed, "it is not a JSON object");
  }
  if (line.contains("zone")) return read_zone_line(line, defaults);
  if (line.size() == 1 && line.contains("account")) {
    return read_account_line(line.front(), defaults);
  }
  if (line.size() == 1 && line.contains("address")) {
    return read_address_line(line.front(), defaults);
  }
  return fail(errc::malformed, "a line must have an account, an address, or a zone with its rules");
}

std::string to_line(const model::account& a) {
  return text_of_line(
      {{"account",
        members().put("id", a.id).put("name", a.name).add("created", a.created).take()}});
}

std::string to_line(const model::destination_address& a) {
  members out;
  out.put("id", a.id).put("account", a.account).put("email", a.email);
  out.add("verified", a.verified).add("created", a.created);
  out.add("modified", a.modified, a.created).add("verification_sent", a.verification_sent);
  out.add("verifications_sent", a.verifications_sent, std::uint32_t{0});
  out.add("verification_mail", a.verification_mail, std::string());
  return text_of_line({{"address", out.take()}});
}

std::string to_line(const zone_with_rules& z) {
  auto rules = json::array();
  for (const auto& rule : z.rules) rules.push_back(rule_json(rule));
  return text_of_line({{"zone", zone_json(z.zone)}, {"rules", std::move(rules)}});
}

}  // namespace signpost::cli
