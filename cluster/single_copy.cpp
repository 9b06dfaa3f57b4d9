// SPDX-FileCopyrightText: 2026 The Signpost authors
// SPDX-License-Identifier: Apache-2.0
#include "cluster/single_copy.hpp"

#include "cluster/receipt_issuer.hpp"

namespace signpost::cluster {

std::optional<copies::outcome> single_copy::confirm(copy_group,
                                                    std::vector<storage::write_receipt> written,
                                                    std::function<void(outcome)>) {
  std::vector<commit_receipt> receipts;
  receipts.reserve(written.size());
  for (const auto& one : written) receipts.push_back(receipt_issuer::issue(one));
  return receipts;
}

}  // namespace signpost::cluster
