// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/hostile/attacker.hpp"

#include "base/text.hpp"
#include "proto/arc/sealer.hpp"
#include "proto/crypto/digest.hpp"
#include "proto/dkim/signer.hpp"

namespace signpost::bench {
namespace {

constexpr wall_time now{seconds{1'790'000'000}};

std::shared_ptr<const crypto::signing_key> shared_key() {
  static const auto key = std::make_shared<const crypto::signing_key>(
      crypto::signing_key::generate(crypto::key_type::rsa).value());
  return key;
}

std::string to_octets(const crypto::sha256_octets& digest) {
  return std::string(as_text(digest));
}

std::string body_hash_of(std::string_view body) {
  return to_base64(as_bytes(to_octets(crypto::sha256(body))));
}

// The tags that DKIM-Signature and ARC-Message-Signature share.
std::string common_tags(const made_up& what) {
  std::string out = "a=rsa-sha256; c=" + what.canonicalization + "; d=attacker.example; s="
                    + what.selector + "; h=" + what.names + "; bh=" + body_hash_of(what.body);
  if (what.length) out += "; l=" + std::to_string(*what.length);
  // The first octet keeps the number below any modulus.
  const auto octets = "\x01" + std::string(what.signature_octets - 1, 'x');
  return out + "; b=" + to_base64(as_bytes(octets));
}

std::string length_of(std::size_t size) {
  if (size < 0x80) return {static_cast<char>(size)};
  return {static_cast<char>(0x82), static_cast<char>(size >> 8), static_cast<char>(size & 0xff)};
}

std::string der(char tag, std::string_view content) {
  return tag + length_of(content.size()) + std::string(content);
}

std::string integer(std::string_view number) {
  return der('\x02', std::string(1, '\0') + std::string(number));
}

}  // namespace

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string filled(std::string_view text, std::size_t octets) {
  return repeated(text, octets / text.size());
}

std::string plain_message(std::string_view body) {
  return "From: Ann <ann@attacker.example>\r\nTo: bob@zone.example\r\nSubject: Hello\r\n"
         "Date: Mon, 23 Nov 2026 20:46:00 +0000\r\nMessage-ID: <1@attacker.example>\r\n\r\n"
         + std::string(body);
}

const crypto::signing_key& attacker_key() {
  return *shared_key();
}

hostile_zone attacker_zone() {
  hostile_zone zone;
  zone.add_txt("attacker.example", "v=spf1 ip4:192.0.2.0/24 -all");
  zone.add_txt("_dmarc.attacker.example", "v=DMARC1; p=reject");
  const auto record = dkim::key_record_text(attacker_key().public_half());
  zone.otherwise([record](const dns::question& q) -> dns::answer {
    if (q.name.find("._domainkey.") == std::string::npos) return {.status = dns::status::nxdomain};
    return {.status = dns::status::records, .records = {{.text = record}}};
  });
  return zone;
}

std::string made_up_signature(const made_up& what) {
  return "DKIM-Signature: v=1; " + common_tags(what) + "\r\n";
}

std::string made_up_arc_set(unsigned instance, const made_up& what) {
  const auto i = "i=" + std::to_string(instance) + "; ";
  const auto status = instance == 1 ? "none" : "pass";
  const auto octets = "\x01" + std::string(what.signature_octets - 1, 'x');
  return "ARC-Seal: " + i + "a=rsa-sha256; d=attacker.example; s=" + what.selector
         + "; cv=" + status + "; b=" + to_base64(as_bytes(octets))
         + "\r\nARC-Message-Signature: " + i + common_tags(what)
         + "\r\nARC-Authentication-Results: " + i + "mx.attacker.example; arc=" + status + "\r\n";
}

std::string sealed(std::string message, unsigned sets) {
  const arc::sealer_options options{
      .domain = "attacker.example", .selector = "s1", .key = shared_key()};
  for (unsigned i = 0; i < sets; ++i) {
    const imf::message_view view(message);
    dkim::message_hasher hasher(view);
    const auto status = i == 0 ? arc::chain_status::none : arc::chain_status::pass;
    const auto set =
        arc::seal_message(hasher, status, "mx.attacker.example; dmarc=pass", options, now);
    message = set.value().text() + message;
  }
  return message;
}

std::string rsa_key_record(std::string_view modulus, std::string_view exponent) {
  return "v=DKIM1; p=" + to_base64(as_bytes(der('\x30', integer(modulus) + integer(exponent))));
}

std::string number_of_bits(unsigned bits) {
  std::string out((bits + 7) / 8, '\xff');
  if (bits % 8 != 0) out.front() = static_cast<char>((1U << bits % 8) - 1);
  return out;
}

}  // namespace signpost::bench
