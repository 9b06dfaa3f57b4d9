// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// check_host() of RFC 7208 §4 as a state machine: it returns its next DNS query and gets the
// answer, until there is a result.
//
//     spf::evaluation e({.client = address, .helo = "mx.example", .sender = "ann@example"});
//     while (const auto question = e.next_question()) e.answer(resolve(*question));
//     if (e.result().verdict == spf::verdict::fail) …
//
// Threads: values; one thread at a time. Limits: RFC 7208 §4.6.4 (`lookup_terms_max`,
// `void_lookups_max`, `addresses_per_term_max`), from which follows `questions_max`; the caller
// bounds the time and ends a check that takes too long with `give_up`.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ip.hpp"
#include "proto/dns/resolver.hpp"
#include "proto/spf/record.hpp"

namespace signpost::spf {

/// RFC 7208 §4.6.4: terms that query the DNS, over all records of one check.
inline constexpr unsigned lookup_terms_max = 10;
/// RFC 7208 §4.6.4: terms whose own query had no answer (NXDOMAIN or no record).
inline constexpr unsigned void_lookups_max = 2;
/// RFC 7208 §4.6.4: hosts of one mx whose addresses are queried; names of the client tried by ptr.
inline constexpr unsigned addresses_per_term_max = 10;
/// The sum of the limits above: the first record, every term with its hosts, one look-up of the
/// client's names, the explanation.
inline constexpr unsigned questions_max =
    1 + lookup_terms_max * (1 + addresses_per_term_max) + 1 + addresses_per_term_max + 1;

/// RFC 7208 §2.6.
enum class verdict : std::uint8_t { none, neutral, pass, fail, softfail, temperror, permerror };

std::string_view to_string(verdict v);

/// Which of the two names was checked (RFC 7208 §2.3, §2.4).
enum class identity : std::uint8_t { helo, mailfrom };

std::string_view to_string(identity i);

struct check_request {
  ip_address client;
  /// As sent by the client; may not be a domain at all.
  std::string helo;
  /// The address of MAIL FROM without brackets. Empty: the HELO identity is checked, with the
  /// sender postmaster@HELO (RFC 7208 §2.4, §4.3).
  std::string sender;
  /// Our own name, for explanations (macro r).
  std::string receiver;
  /// For explanations (macro t).
  wall_time now{};
};

struct check_result {
  spf::verdict verdict = verdict::none;
  spf::identity identity = identity::mailfrom;
  std::string domain;  ///< the one that was checked, in A-labels; as given if it is not a domain
  std::string sender;  ///< with the default local part if there was none
  /// The term of the first record that decided; "default" if none matched; empty if none was read.
  std::string mechanism;
  std::string problem;  ///< for human readers: why it is none, temperror or permerror
  /// The domain owner's explanation of a fail: printable ASCII from a stranger (RFC 7208 §6.2). May
  /// be empty.
  std::string explanation;
  unsigned lookup_terms = 0;
  unsigned void_lookups = 0;
};

class evaluation {
 public:
  explicit evaluation(check_request request);

  /// What must be answered now, the same until it is; nothing if there is a result.
  [[nodiscard]] const std::optional<dns::question>& next_question() const { return question_; }
  /// The answer to `next_question()`, which must be there.
  void answer(const dns::answer& a);
  /// Ends an unfinished check as temperror; afterwards there is a result. A check that only lacks
  /// its explanation ends as fail without it.
  void give_up(std::string_view why);
  /// Only when `next_question()` is empty.
  [[nodiscard]] const check_result& result() const;

 private:
  /// A record being evaluated. An include is on top of the record that has it; a redirect replaces
  /// its record.
  struct frame {
    std::string domain;
    spf::record record;
    std::size_t next = 0;     ///< index of the directive being evaluated
    bool counted = false;     ///< it, or the redirect, was counted as a term
    bool redirected = false;  ///< a record is required
  };
  /// The purpose of the open query.
  enum class waiting : std::uint8_t {
    record,
    address,  ///< a
    hosts,    ///< mx
    host_address,
    existence,
    client_names,
    client_address,
    explanation,
  };
  /// What to do once the client's names are known.
  enum class stage : std::uint8_t { terms, explanation_domain, explanation_text };

  void start(const check_request& request);
  void proceed();
  void run_terms();
  void begin_directive(const directive& d);
  void begin_with_target(const directive& d, std::string target);
  void end_of_record();
  void redirect_to(const macro_string& target);
  void matched(const directive& d);
  void not_matched();
  void conclude(verdict v, std::string mechanism);
  void finish(verdict v, std::string problem = {});

  void on_record(const dns::answer& a);
  void on_address(const dns::answer& a);
  void on_hosts(const dns::answer& a);
  void ask_next_host();
  void on_host_address(const dns::answer& a);
  void on_existence(const dns::answer& a);
  void on_client_names(const dns::answer& a);
  void ask_next_client_name();
  void on_client_address(const dns::answer& a);
  void on_explanation(const dns::answer& a);
  void match_client_names(const directive& d, const std::string& target);
  void begin_explanation();
  void finish_explanation();

  void ask(std::string name, dns::record_type type, waiting what);
  [[nodiscard]] bool count_term();
  [[nodiscard]] bool failed(const dns::answer& a);
  [[nodiscard]] bool too_void(const dns::answer& a);
  [[nodiscard]] bool look_up_names(const macro_string& m);
  [[nodiscard]] macro_facts facts_for(const std::string& domain) const;
  [[nodiscard]] std::string best_client_name(const std::string& domain) const;
  [[nodiscard]] const directive& current() const;
  [[nodiscard]] dns::record_type address_type() const;

  macro_facts facts_;
  check_result result_;
  std::vector<frame> frames_;
  std::optional<dns::question> question_;
  waiting waiting_ = waiting::record;
  stage stage_ = stage::terms;
  bool done_ = false;
  unsigned questions_ = 0;

  std::vector<std::string> hosts_;  ///< of the mx being evaluated
  std::size_t next_host_ = 0;
  std::vector<std::string> client_names_;  ///< not yet validated
  std::size_t next_client_name_ = 0;
  std::optional<std::vector<std::string>> validated_names_;  ///< nothing = not looked up yet
  macro_string explanation_;
};

/// Runs a whole check with answers that are available; for tests and tools.
check_result check_host(evaluation e,
                        const std::function<dns::answer(const dns::question&)>& look_up);

}  // namespace signpost::spf
