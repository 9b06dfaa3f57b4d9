// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// DMARC for one message (RFC 9989) as a state machine that makes DNS queries and gets answers, like
// `spf::evaluation`:
//
//     dmarc::evaluation e({.from_domains = dmarc::read_authors(from_values)->domains,
//                          .spf_domain = "bounce.example", .dkim_domains = {"example"}});
//     while (const auto question = e.next_question()) e.answer(resolve(*question));
//     if (e.result().verdict == dmarc::verdict::fail) …e.result().disposition…
//
// How it works: all answers are kept; after each, the whole evaluation is repeated from the start,
// until it reaches a query without an answer. That is cheap (a few dozen queries at most) and keeps
// the rules readable in the form of the RFC.
//
// Threads: values; one thread at a time. Limits: `walk_questions_max` per name,
// `dkim_domains_max`, `author_domains_max`, and `questions_max` over all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/dmarc/author.hpp"
#include "proto/dmarc/record.hpp"
#include "proto/dns/resolver.hpp"

namespace signpost::dmarc {

/// RFC 9989 §4.10: queries for one name, however many labels it has.
inline constexpr std::size_t walk_questions_max = 8;
/// How many signing domains are tried for alignment; RFC 6376 §6.1 allows a verifier to limit them.
inline constexpr std::size_t dkim_domains_max = 16;
/// All queries of one evaluation; above that the verdict is permerror.
inline constexpr std::size_t questions_max = 100;

/// RFC 8601 §2.7.4 with RFC 9989. `none`: DMARC does not apply.
enum class verdict : std::uint8_t { none, pass, fail, temperror, permerror };

std::string_view to_string(verdict v);

struct check_request {
  /// The result of `read_authors`.
  std::vector<std::string> from_domains;
  /// The domain of the MAIL FROM identity if SPF passed for it (RFC 9989 §4.4.2), for a null path
  /// that of HELO (RFC 9989 §3.2.4); otherwise empty.
  std::string spf_domain;
  /// d= of every signature that passed.
  std::vector<std::string> dkim_domains;
};

/// The result of one mechanism (RFC 9989 §4.4).
struct alignment {
  alignment_mode mode = alignment_mode::relaxed;
  std::string domain;  ///< the first that is aligned; empty = none is
  [[nodiscard]] bool aligned() const { return !domain.empty(); }
};

/// What is known of one author domain.
struct author_result {
  std::string domain;
  std::string organizational_domain;  ///< empty = not known
  /// The walk ended below a domain that declares itself a public suffix (psd=y).
  bool below_public_suffix = false;
  /// SPF or DKIM is aligned according to the policy record or, without one, is for exactly this
  /// domain.
  bool aligned = false;
  std::vector<std::string> aligned_with;  ///< the identifiers by which it is
  friend bool operator==(const author_result&, const author_result&) = default;
};

struct check_result {
  dmarc::verdict verdict = verdict::none;
  std::string author_domain;
  std::string policy_domain;          ///< where the record was found; empty = nowhere
  std::string organizational_domain;  ///< of the author domain; empty = not known
  dmarc::record record;               ///< only if `policy_domain` is not empty
  policy requested = policy::none;    ///< by p, sp or np, whichever applies
  std::string_view requested_by;      ///< "p", "sp", "np"
  /// What to do with the message: none unless it fails; one level less than requested if
  /// the owner is testing (RFC 9989 §4.7, t).
  policy disposition = policy::none;
  /// Whatever answers were missing, nothing is asked for: each author is aligned (a message of its
  /// very domain is in any mode), or asks for nothing when it fails, or has no policy.
  bool asks_for_nothing = false;
  alignment spf;
  alignment dkim;
  /// Each author domain, whatever the verdict; empty if the evaluation did not finish.
  std::vector<author_result> authors;
  std::string problem;  ///< for people
};

class evaluation {
 public:
  explicit evaluation(check_request request);

  /// What must be answered now, the same until it is; nothing if there is a result.
  [[nodiscard]] const std::optional<dns::question>& next_question() const { return question_; }
  /// The answer to `next_question()`, which must be there.
  void answer(const dns::answer& a);
  /// Ends an unfinished evaluation as temperror; afterwards there is a result.
  void give_up(std::string_view why);
  /// Only when `next_question()` is empty. For several author domains the worst: fail with the
  /// strictest policy, then temperror, none, pass; so adding a domain to From can never improve the
  /// result (RFC 9989 §5.3.1, §11.5).
  [[nodiscard]] const check_result& result() const;

 private:
  /// What is known about a name: its `_dmarc` record, or whether it exists.
  struct known {
    bool failed = false;
    bool exists = true;
    std::optional<record> policy_record;
  };
  /// The outcome of a walk (RFC 9989 §4.10.2).
  struct organization {
    std::string domain;
    std::string suffix;   ///< the public suffix above it that has a record, if any
    bool failed = false;  ///< a query of the walk failed: the rest is unreliable
  };
  /// Missing information, passed inside as an empty optional.
  template <typename T>
  using maybe = std::optional<T>;

  void judge();
  maybe<check_result> judge_author(const std::string& author);
  [[nodiscard]] bool is_aligned_without_policy(const std::string& author) const;
  maybe<const known*> look_up(const std::string& domain);
  maybe<const known*> look_up_existence(const std::string& domain);
  maybe<const known*> recall(const std::string& name);
  maybe<organization> walk(const std::string& domain);
  maybe<bool> find_policy(const std::string& author, const organization& org, check_result& r);
  maybe<bool> choose_policy(check_result& r);
  maybe<bool> align(const std::string& identifier, alignment_mode mode, const organization& org,
                    const std::string& author, bool& failed);
  maybe<bool> align_all(const organization& org, check_result& r, bool& failed);

  check_request request_;
  std::map<std::string, known> answers_;  ///< by the name of the query
  std::optional<dns::question> question_;
  bool existence_ = false;  ///< the query is whether the name exists
  std::optional<check_result> result_;
};

/// Runs a whole evaluation with answers that are available; for tests and tools.
check_result check(evaluation e, const std::function<dns::answer(const dns::question&)>& look_up);

}  // namespace signpost::dmarc
