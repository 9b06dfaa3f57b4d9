# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Generated tests that fail against a node, and why that is right."""

CURSOR = "its cursor is made up, and no page of ours follows it (422, 2007)"
NO_VALUE = "its action forwards to nobody, or its matcher has no address (422, 2007)"
NOT_RAISED = "the SDK does not raise the error that its test expects; no request is made"

REASONS = {
    "accounts/logs/test_audit.py history_with_all_params": CURSOR,
    "accounts/logs/test_audit.py list_with_all_params": CURSOR,
    "email_routing/rules/test_catch_alls.py update": NO_VALUE,
    "email_routing/test_account_rules.py path_params_list": NOT_RAISED,
    "email_routing/test_rules.py create": NO_VALUE,
    "email_routing/test_rules.py path_params_list": NOT_RAISED,
    "email_routing/test_rules.py update": NO_VALUE,
    "test_accounts.py create_with_all_params": "it sets `unit`: a node has none (422, 2007)",
    "test_accounts.py update_with_all_params":
        "it sets `enforce_twofactor` and `abuse_contact_email`: a node has none (422, 2007)",
    "test_memberships.py delete": "the administrator is a member of every account (409, 9433)",
    "test_zones.py edit_with_all_params":
        "it sets `vanity_name_servers`: Signpost serves no DNS (422, 2007)",
}
