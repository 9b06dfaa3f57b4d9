// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// What the queue remembers as octets (base/value_format.hpp), and back: as it is stored, and as it
// goes to other nodes.
//
// The version is followed by fields in a fixed order: numbers as varints (7 bits an octet, low bits
// first), times as zigzag varints of milliseconds since 1970, texts as a varint length and octets.
// A newer major version comes with a new schema version of the spool and never occurs.
//
// Decoders fail with errc::corrupt, whatever bytes they are given, and never read past the end.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/queue/activity_event.hpp"
#include "model/queue/envelope.hpp"

namespace signpost::model {

// What the key contains is not written again: the id of a record, the id and index of an envelope.

std::string encode(const model::message_record& record);
result<model::message_record> decode_message(const model::queue_id& id, std::string_view value);

std::string encode(const model::envelope& envelope);
result<model::envelope> decode_envelope(const model::queue_id& id, std::uint32_t index,
                                        std::string_view value);
/// The state of a stored envelope without decoding the rest; nothing if `value` is not an envelope.
std::optional<model::outcome> peek_state(std::string_view value);

std::string encode(const model::activity_event& event);
result<model::activity_event> decode_event(std::string_view value);

}  // namespace signpost::model
