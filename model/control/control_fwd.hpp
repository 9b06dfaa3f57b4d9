// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
//
// The names of the control store's interfaces, for headers that only pass them on.
#pragma once

namespace signpost::model {

class change_feed;
class control_import;
class control_reader;
class control_store;
class control_transaction;

}  // namespace signpost::model
