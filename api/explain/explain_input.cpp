// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "api/explain/explain_input.hpp"

#include <fmt/format.h>

#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "api/frame/body.hpp"
#include "model/admission_facts.hpp"
#include "model/authentication/alignment_guard.hpp"
#include "model/authentication/authentication.hpp"

namespace signpost::api {
namespace {

// RFC 5321 §4.5.3.1: 64 octets of a local part, an @, and 255 of a domain.
constexpr std::size_t path_characters_max = 320;
constexpr std::size_t word_characters_max = 255;
constexpr std::uint64_t size_assumed = 10'000;

using model::verdict;

std::string in_brackets(const std::string& text) {
  return text.starts_with('<') ? text : "<" + text + ">";
}

answer<smtp::forward_path> recipient_of(const json& body) {
  const std::string_view name = member(body, "to").is_null() ? "recipient" : "to";
  SP_TRY(const auto text, text_member(body, name, path_characters_max));
  if (!text) return refuse(invalid_input("to is required", "/to"));
  auto path = smtp::forward_path::parse(in_brackets(*text));
  if (path) return std::move(*path);
  return refuse(invalid_input(fmt::format("{} is not an address: {}", name, path.error().context),
                              fmt::format("/{}", name)));
}

answer<smtp::reverse_path> sender_of(const json& body) {
  SP_TRY(const auto text, text_member(body, "from", path_characters_max));
  auto path = smtp::reverse_path::parse(in_brackets(text.value_or("")));
  if (path) return std::move(*path);
  return refuse(
      invalid_input(fmt::format("from is not an address: {}", path.error().context), "/from"));
}

answer<std::optional<verdict>> verdict_of(const json& given, std::string_view name) {
  const auto at = fmt::format("/authentication/{}", name);
  const auto& value = member(given, name);
  if (value.is_null()) return std::nullopt;
  if (value.is_string()) {
    for (auto v = verdict::none; v <= verdict::permerror;
         v = static_cast<verdict>(static_cast<int>(v) + 1)) {
      if (value.get<std::string>() == model::to_string(v)) return v;
    }
  }
  return refuse(invalid_input(
      fmt::format("{} must be none, pass, fail, softfail, neutral, policy, temperror or permerror",
                  name),
      at));
}

answer<std::optional<model::dmarc_disposition>> disposition_of(const json& given) {
  using enum model::dmarc_disposition;
  const auto& value = member(given, "disposition");
  if (value.is_null()) return std::nullopt;
  for (const auto d : {none, quarantine, reject}) {
    if (value.is_string() && value.get<std::string>() == model::to_string(d)) return d;
  }
  return refuse(invalid_input("disposition must be none, quarantine or reject",
                              "/authentication/disposition"));
}

// In A-labels; empty if the caller does not say.
answer<std::string> author_of(const json& given) {
  SP_TRY(const auto text, text_member(given, "author_domain", word_characters_max));
  if (!text || text->empty()) return std::string();
  const auto domain = address::domain::parse(*text);
  if (domain) return domain->ascii();
  return refuse(invalid_input("author_domain is not a domain", "/authentication/author_domain"));
}

// What the caller states about it. What is not stated counts as absent.
answer<void> take_verdicts(const json& given, explain_input& input) {
  if (!given.is_object()) {
    return refuse(invalid_input("authentication must be an object", "/authentication"));
  }
  auto& found = input.found;
  found.checked = true;
  SP_TRY(const auto spf, verdict_of(given, "spf"));
  SP_TRY(const auto dkim, verdict_of(given, "dkim"));
  SP_TRY(const auto dmarc, verdict_of(given, "dmarc"));
  SP_TRY(const auto arc, verdict_of(given, "arc"));
  found.spf = spf.value_or(verdict::none);
  found.dkim = dkim.value_or(verdict::none);
  found.dmarc = dmarc.value_or(verdict::none);
  found.arc = arc.value_or(verdict::none);
  SP_TRY(const auto disposition, disposition_of(given));
  if (found.dmarc == verdict::fail) {
    found.disposition = disposition.value_or(model::dmarc_disposition::reject);
    if (!disposition) {
      input.assumed.emplace_back("the author's domain asks receivers to reject mail that fails");
    }
  }
  SP_TRY(found.author_domain, author_of(given));
  SP_TRY(const auto vouched, text_member(given, "vouched_by", word_characters_max));
  found.vouched_by = vouched.value_or("");
  return {};
}

void assume_all_is_well(explain_input& input) {
  input.found.checked = true;
  input.found.spf = input.found.dkim = input.found.dmarc = verdict::pass;
  input.assumed.emplace_back("spf, dkim and dmarc pass");
}

// There must be some author, or every message would be refused for having none.
void assume_author(explain_input& input) {
  if (!input.found.author_domain.empty()) return;
  const auto sender = model::domain_of(input.from);
  input.found.author_domain = sender.empty() ? "example.org" : sender;
  input.assumed.push_back(fmt::format("From has an address at {}", input.found.author_domain));
}

// Whether the message passed for its author, as the checks themselves determine it: by DMARC, or,
// if the author's domain has no policy, by SPF or a signature of exactly that domain.
void conclude_proof(explain_input& input) {
  auto& found = input.found;
  const bool signs = found.dkim == verdict::pass;
  if (signs) {
    found.dkim_domains = {found.author_domain};
    input.assumed.push_back(fmt::format("the signature is by {}", found.author_domain));
  }
  const bool sends =
      found.spf == verdict::pass && model::domain_of(input.from) == found.author_domain;
  found.author = {.known = true,
                  .proven = found.dmarc == verdict::pass
                            || (found.dmarc == verdict::none && (signs || sends)),
                  .domains = {{.name = found.author_domain,
                               .organization =
                                   model::widest_organization(found.author_domain, {}, false)}}};
}

/// Answers of the DNS as they arrive, from other threads.
struct inbox {
  std::mutex mutex;
  std::condition_variable came;
  std::deque<std::pair<dns::question, dns::answer>> items;  // guarded by mutex
};

model::authentication_results check(const rest_world& world,
                                    model::authentication_request request) {
  const model::authentication_options options{.authserv_id = world.host_name};
  model::authentication checks(std::move(request), options);
  const auto answers = std::make_shared<inbox>();
  const auto until = std::chrono::steady_clock::now() + check_wait_max;
  while (true) {
    for (const auto& question : checks.next_questions()) {
      world.resolver.resolve(question, [answers, question](const dns::answer& a) {
        const std::lock_guard lock(answers->mutex);
        answers->items.emplace_back(question, a);
        answers->came.notify_one();
      });
    }
    if (checks.finished()) return checks.results();
    std::unique_lock lock(answers->mutex);
    if (!answers->came.wait_until(lock, until, [&] { return !answers->items.empty(); })) {
      checks.give_up("the DNS did not answer in time");
      return checks.results();
    }
    const auto one = std::move(answers->items.front());
    answers->items.pop_front();
    lock.unlock();
    checks.answer(one.first, one.second);
  }
}

// Line ends as on the wire, however clients of a JSON API write them.
std::string with_crlf(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) out += '\r';
    out += text[i];
  }
  return out;
}

answer<std::optional<std::string>> message_of(const rest_world& world, const json& body) {
  SP_TRY(const auto text, text_member(body, "message", world.limits.body_octets_max));
  if (!text) return std::nullopt;
  return with_crlf(*text);
}

answer<std::optional<ip_address>> client_of(const json& body) {
  SP_TRY(const auto text, text_member(body, "client_address", word_characters_max));
  if (!text) return std::nullopt;
  const auto address = ip_address::parse(*text);
  if (!address) {
    return refuse(invalid_input("client_address is not an IP address", "/client_address"));
  }
  return *address;
}

}  // namespace

answer<explain_input> explain_input_of(const rest_world& world, const json& body) {
  explain_input input;
  SP_TRY(input.to, recipient_of(body));
  SP_TRY(input.from, sender_of(body));
  SP_TRY(const auto client, client_of(body));
  SP_TRY(const auto helo, text_member(body, "helo", word_characters_max));
  SP_TRY(const auto message, message_of(world, body));
  SP_TRY(const auto size, number_member(body, "size"));
  if (size && *size > 1e15) return refuse(invalid_input("size is too large", "/size"));
  if (!size && !message) input.assumed.push_back(fmt::format("{} octets", size_assumed));
  input.size = size ? static_cast<std::uint64_t>(*size) : message ? message->size() : size_assumed;
  if (message) input.message = *message;
  if (const auto& given = member(body, "authentication"); !given.is_null()) {
    SP_CHECK(take_verdicts(given, input));
  } else if (message && client) {
    input.found = check(world, {.client = *client,
                                .helo = helo.value_or("unknown.invalid"),
                                .sender = input.from.to_string(),
                                .octets = *message,
                                .now = world.time.now()});
    input.assumed.emplace_back("no ARC sealer is trusted");
    return input;
  } else {
    assume_all_is_well(input);
  }
  assume_author(input);
  conclude_proof(input);
  return input;
}

}  // namespace signpost::api
