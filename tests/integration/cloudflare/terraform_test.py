#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""Terraform's provider, request by request: create, read, a clean plan, update, import, delete.

The provider itself is not run here: provider.py sends what it sends, octet for octet.
"""
import concurrent.futures
import copy
import unittest

import clients
import harness
import provider
from provider import Object, Provider, go_json


class Terraform(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        harness.require()
        cls.node = clients.ApiNode()
        cls.enterClassContext(cls.node)
        cls.account = cls.node.account()

    def setUp(self):
        self.provider = Provider(self.node)

    def object(self, resource, **config):
        return Object(self.provider, resource, config)

    def rule(self, zone, address, **config):
        return self.object(provider.RULE, zone_id=zone, **{
            "actions": [{"type": "drop"}],
            "matchers": [{"type": "literal", "field": "to", "value": address}], **config})

    def assert_clean(self, block):
        """Reads twice: nothing to change, and nothing moves by itself."""
        self.assertTrue(block.refresh())
        self.assertEqual(block.drift(), {})
        state = copy.deepcopy(block.state)
        self.assertTrue(block.refresh())
        self.assertEqual(block.state, state)

    def assert_sent(self, method, path, body=b""):
        self.assertEqual(self.provider.sent[-1], (method, path, body))

    def assert_applied(self, block):
        """Applies what the configuration says now; the plan after it is clean."""
        block.apply()
        self.assert_clean(block)

    # ---- zone
    def test_a_zone(self):
        zone = self.object(provider.ZONE, name="zone.tf.example", account={"id": self.account})
        zone.apply()
        self.assert_sent("POST", "/zones", b'{"account":{"id":"' + self.account.encode()
                         + b'"},"name":"zone.tf.example","paused":false,"type":"full"}')
        self.assert_clean(zone)
        self.assertEqual(zone.imported(id=zone.state["id"]).drift(), {})

        zone.config["paused"] = True
        self.assertEqual(list(zone.drift()), ["paused"])
        self.assert_applied(zone)
        self.assertIs(zone.state["paused"], True)
        # Newer versions send the change alone.
        self.provider.call("PATCH", f"/zones/{zone.state['id']}", b'{"paused":false}')
        zone.refresh()
        self.assertEqual(list(zone.drift()), ["paused"])

        path = f"/zones/{zone.state['id']}"
        zone.destroy()
        self.assert_sent("DELETE", path)
        self.assertEqual(self.provider.exchange("GET", path)[0], 404)

    def test_a_zone_with_a_name_in_unicode(self):
        zone = self.object(provider.ZONE, name="bücher.tf.example", account={"id": self.account})
        self.assert_applied(zone)
        self.assertEqual(zone.imported(id=zone.state["id"]).drift(), {})
        found = self.provider.pages("/zones", "match=all&name=b%C3%BCcher.tf.example")
        self.assertEqual([one["id"] for one in found], [zone.state["id"]])
        zone.destroy()

    def test_a_zone_that_is_paused_from_the_start(self):
        zone = self.object(provider.ZONE, name="paused.tf.example", account={"id": self.account},
                           paused=True)
        self.assert_applied(zone)
        zone.destroy()

    def test_a_zone_that_goes_behind_terraforms_back(self):
        zone = self.object(provider.ZONE, name="gone.tf.example", account={"id": self.account})
        zone.apply()
        identity = zone.state["id"]
        rest = [self.object(kind, zone_id=identity, actions=[{"type": "drop"}],
                            matchers=[{"type": "all"}])
                for kind in (provider.SETTINGS, provider.CATCH_ALL)]
        rest.append(self.rule(identity, "a@gone.tf.example"))
        for block in rest:
            block.apply()
        self.node.call("DELETE", f"/zones/{identity}")
        for block in [zone, *rest]:
            self.assertFalse(block.refresh())
        self.assertEqual(
            self.provider.exchange("GET", f"/zones/{identity}/email/routing/dns")[0], 404)

    # ---- settings and records
    def test_the_settings_of_a_zone(self):
        zone = self.node.zone("settings.tf.example", enabled=False)
        path = f"/zones/{zone}/email/routing"
        settings = self.object(provider.SETTINGS, zone_id=zone)
        settings.apply()
        self.assert_sent("POST", f"{path}/enable", b"{}")
        self.assertIs(settings.state["enabled"], True)
        self.assert_clean(settings)
        self.assertEqual(settings.imported(zone_id=zone).state, settings.state)
        settings.destroy()
        self.assert_sent("POST", f"{path}/disable")
        self.assertIs(settings.imported(zone_id=zone).state["enabled"], False)
        # What other versions and older clients send.
        for body in (b"{}", b"null", b'{"name":"settings.tf.example"}'):
            self.assertIs(self.provider.call("POST", f"{path}/enable", body)["result"]["enabled"],
                          True)
            self.assertIs(self.provider.call("POST", f"{path}/disable", body)["result"]["enabled"],
                          False)

    def test_the_records_of_a_zone(self):
        zone = self.node.zone("dns.tf.example", enabled=False)
        path = f"/zones/{zone}/email/routing/dns"
        made = self.provider.call("POST", path, b"{}")["result"]
        self.assertIs(made["enabled"], True)
        # Its read decodes the whole answer into the model: none of the model's names may stand at
        # the top with another meaning, and the list in `result` is taken as nothing.
        answer = self.provider.call("GET", path)
        self.assertEqual(set(answer), {"success", "errors", "messages", "result", "result_info"})
        self.assertIsInstance(answer["result"], list)
        kinds = provider.list_of(provider.nested(type=provider.text, name=provider.text,
                                                 content=provider.text, priority=provider.number,
                                                 ttl=provider.number))
        self.assertGreaterEqual(len(kinds(answer["result"])), 2)
        self.assertEqual(self.provider.call("PATCH", path, b"{}")["result"]["enabled"], True)
        self.assertIs(self.provider.call("DELETE", path)["result"]["enabled"], False)

    def test_the_records_of_a_subdomain(self):
        zone = self.node.zone("subs.tf.example")
        path = f"/zones/{zone}/email/routing/dns"
        made = self.provider.call("POST", path, b'{"name":"mail.subs.tf.example"}')["result"]
        self.assertEqual([one["name"] for one in made["subdomains"]], ["mail.subs.tf.example"])
        self.provider.call("PATCH", path, b'{"name":"mail.subs.tf.example"}')
        shown = self.provider.call("GET", f"{path}?subdomain=mail.subs.tf.example")["result"]
        self.assertIn(("MX", "mail.subs.tf.example"),
                      [(record["type"], record["name"]) for record in shown])
        status, text = self.provider.exchange("POST", path, b'{"name":"subs.tf.example"}')
        self.assertEqual(status, 422)
        self.assertIn("Invalid Input: must be a a subdomains of subs.tf.example", text)
        # It destroys the records of a subdomain without saying which.
        status, text = self.provider.exchange("DELETE", path)
        self.assertEqual(status, 409)
        self.assertIn("mail.subs.tf.example", text)
        self.assertIs(self.provider.call("GET", f"/zones/{zone}/email/routing")["result"]["enabled"],
                      True)
        # As its own tests clean up.
        self.provider.call("POST", f"/zones/{zone}/email/routing/disable",
                           b'{"name":"mail.subs.tf.example"}')
        settings = self.provider.call("GET", f"/zones/{zone}/email/routing")["result"]
        self.assertEqual([one["enabled"] for one in settings["subdomains"]], [False])
        self.assertIs(settings["enabled"], True)

    # ---- rules
    def test_a_rule(self):
        zone = self.node.zone("rule.tf.example")
        self.node.destination("rule@dest.example")
        rule = self.rule(zone, "info@rule.tf.example", name="terraform rule", priority=10,
                         actions=[{"type": "forward", "value": ["rule@dest.example"]}])
        rule.apply()
        self.assert_sent(
            "POST", f"/zones/{zone}/email/routing/rules",
            b'{"actions":[{"type":"forward","value":["rule@dest.example"]}],"enabled":true,'
            b'"matchers":[{"field":"to","type":"literal","value":"info@rule.tf.example"}],'
            b'"name":"terraform rule","priority":10,"source":"api"}')
        self.assert_clean(rule)
        self.assertEqual(rule.imported(zone_id=zone, id=rule.state["id"]).drift(), {})
        before = rule.state["id"]

        rule.config.update(enabled=False, priority=0.5, name="other <&> name",
                           actions=[{"type": "drop"}])
        self.assertEqual(set(rule.drift()), {"enabled", "priority", "name", "actions"})
        self.assert_applied(rule)
        self.assertIn(b'"name":"other \\u003c\\u0026\\u003e name"', rule.body())
        del rule.config["name"]
        rule.apply()
        self.assert_sent(
            "PUT", f"/zones/{zone}/email/routing/rules/{before}",
            b'{"actions":[{"type":"drop"}],"enabled":false,'
            b'"matchers":[{"field":"to","type":"literal","value":"info@rule.tf.example"}],'
            b'"name":null,"priority":0.5,"source":"api"}')
        self.assert_clean(rule)
        self.assertIsNone(rule.state["name"])
        self.assertEqual(rule.state["id"], before)

        rule.destroy()
        self.assert_sent("DELETE", f"/zones/{zone}/email/routing/rules/{before}")
        self.assertEqual(
            self.provider.exchange("GET", f"/zones/{zone}/email/routing/rules/{before}")[0], 404)

    def test_rules_of_every_form_have_clean_plans(self):
        zone = self.node.zone("forms.tf.example")
        self.node.destination("Forms.Of@dest.example")
        to = "forms@forms.tf.example"
        forms = [
            {},
            {"name": ""},
            {"name": "Grüße, мир \u2709"},
            {"name": "x" * 256},
            {"enabled": False},
            {"priority": 0},
            {"priority": 7},
            {"priority": 0.1},
            {"priority": 10**15},
            {"actions": [{"type": "drop", "value": []}]},
            {"actions": [{"type": "drop", "value": ["text"]}]},
            {"actions": [{"type": "forward", "value": ["forms.of@DEST.example"]}]},
            {"matchers": [{"type": "literal", "value": to}]},
            {"matchers": [{"type": "literal", "field": "to", "value": "FORMS@Forms.TF.example"}]},
            {"source": "wrangler", "owner_worker_tag": "0123456789abcdef0123456789abcdef"},
        ]
        for form in forms:
            with self.subTest(str(form)):
                rule = self.rule(zone, to, **form)
                self.assert_applied(rule)
                self.assertEqual(
                    rule.imported(zone_id=zone, id=rule.state["id"]).drift(), {})
                # From every form back to the plainest.
                rule.config = self.rule(zone, to).config
                if rule.drift():
                    self.assert_applied(rule)
                rule.destroy()

    def test_many_rules_at_once(self):
        zone = self.node.zone("many.tf.example")
        rules = [self.rule(zone, f"u{i}@many.tf.example", priority=i) for i in range(40)]
        # terraform apply works on ten resources at a time.
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            list(pool.map(self.assert_applied, rules))
            self.assertEqual(len({rule.state["id"] for rule in rules}), len(rules))
            for rule in rules:
                rule.config["enabled"] = False
            list(pool.map(self.assert_applied, rules))
            list(pool.map(Object.destroy, rules))
        self.assertEqual(
            len(self.provider.call("GET", f"/zones/{zone}/email/routing/rules")["result"]), 1)

    def test_the_catch_all(self):
        zone = self.node.zone("rest.tf.example")
        self.node.destination("rest@dest.example")
        path = f"/zones/{zone}/email/routing/rules/catch_all"
        block = self.object(provider.CATCH_ALL, zone_id=zone, name="the rest",
                            actions=[{"type": "forward", "value": ["rest@dest.example"]}],
                            matchers=[{"type": "all"}])
        block.apply()
        self.assert_sent("PUT", path,
                         b'{"actions":[{"type":"forward","value":["rest@dest.example"]}],'
                         b'"enabled":true,"matchers":[{"type":"all"}],"name":"the rest",'
                         b'"source":"api"}')
        self.assert_clean(block)
        self.assertEqual(block.imported(zone_id=zone).drift(), {})
        block.config.update(enabled=False, actions=[{"type": "drop"}])
        self.assert_applied(block)
        del block.config["name"]
        self.assert_applied(block)
        # Terraform forgets it; the node keeps it.
        block.destroy()
        self.assertIs(self.node.call("GET", path)["enabled"], False)

    # ---- destination addresses
    def test_a_destination_address(self):
        path = f"/accounts/{self.account}/email/routing/addresses"
        block = self.object(provider.ADDRESS, account_id=self.account, email="Me@dest.example")
        block.apply()
        self.assert_sent("POST", path, b'{"email":"Me@dest.example"}')
        self.assertIsNone(block.state["verified"])
        self.assert_clean(block)
        identity = block.state["id"]
        self.assertEqual(block.imported(account_id=self.account, id=identity).drift(), {})
        block.config["status"] = "verified"
        block.apply()
        self.assert_sent("PATCH", f"{path}/{identity}", b'{"status":"verified"}')
        self.assertIsNotNone(block.state["verified"])
        block.refresh()
        self.assertIsNotNone(block.state["verified"])
        # Somebody opens the link: no change for Terraform, the member is computed.
        self.assertEqual({k: v for k, v in block.drift().items() if k != "status"}, {})
        block.destroy()
        self.assert_sent("DELETE", f"{path}/{identity}")
        self.assertEqual(self.provider.exchange("GET", f"{path}/{identity}")[0], 404)

    def test_a_destination_address_that_is_verified_from_the_start(self):
        block = self.object(provider.ADDRESS, account_id=self.account, email="sure@dest.example",
                            status="verified")
        block.apply()
        self.assert_sent("POST", f"/accounts/{self.account}/email/routing/addresses",
                         b'{"email":"sure@dest.example","status":"verified"}')
        self.assertIsNotNone(block.state["verified"])
        self.assert_clean(block)
        rule = self.rule(self.node.zone("sure.tf.example"), "a@sure.tf.example",
                         actions=[{"type": "forward", "value": ["sure@dest.example"]}])
        self.assert_applied(rule)

    # ---- accounts and tokens
    def test_an_account(self):
        account = self.object(provider.ACCOUNT, name="made by terraform")
        account.apply()
        self.assert_sent("POST", "/accounts", b'{"name":"made by terraform","type":"standard"}')
        self.assert_clean(account)
        account.config["name"] = "renamed"
        self.assert_applied(account)
        self.assertEqual(account.imported(id=account.state["id"]).drift(), {})
        identity = account.state["id"]
        account.destroy()
        self.assertEqual(self.provider.exchange("GET", f"/accounts/{identity}")[0], 404)

    def token_config(self):
        groups = {one["name"]: one["id"] for one in
                  self.provider.call("GET", "/user/tokens/permission_groups")["result"]}
        return {"name": "made by terraform", "policies": [
            {"effect": "allow", "permission_groups": [{"id": groups["Zone Write"]},
                                                      {"id": groups["Email Routing Rules Write"]}],
             "resources": {f"com.cloudflare.api.account.zone.{self.node.zone_id}": "*",
                           f"com.cloudflare.api.account.{self.account}": "*"}},
            {"effect": "deny", "permission_groups": [{"id": groups["Zone Read"]}],
             "resources": {"com.cloudflare.api.account.zone." + "0" * 32: "*"}}]}

    def check_token(self, resource, **owner):
        if not hasattr(self.node, "zone_id"):
            type(self).node.zone_id = self.node.zone("token.tf.example")
        token = self.object(resource, **self.token_config(), **owner)
        answer = token.apply()
        self.assert_sent("POST", token.path(resource.create[1]), go_json(
            {name: token.config[name] for name in ("name", "policies")} | {"status": "active"}))
        self.assertRegex(answer["result"]["value"], r"^[0-9A-Za-z\-_]{40,80}$")
        self.assert_clean(token)
        # It compares the text of the resources.
        text = self.provider.exchange("GET", token.path(resource.read[1]))[1]
        for policy in token.config["policies"]:
            self.assertIn(f'"resources":{go_json(policy["resources"]).decode()}', text)
        self.assertEqual(token.imported(**owner, id=token.state["id"]).drift(), {})

        token.config.update(
            expires_on="2031-02-03T04:05:06Z", not_before="2024-02-29T00:00:00Z",
            condition={"request_ip": {"in": ["127.0.0.0/8", "2001:db8::/32"],
                                      "not_in": ["127.9.9.9/32"]}})
        self.assert_applied(token)
        token.config["condition"] = {"request_ip": {"in": ["127.0.0.0/8"]}}
        token.config["status"] = "disabled"
        self.assert_applied(token)
        for name in ("condition", "expires_on", "not_before", "status"):
            del token.config[name]
        self.assert_applied(token)
        # The secret stays what it was.
        self.assertEqual(token.state["value"], answer["result"]["value"])
        used = Provider(self.node, token.state["value"])
        used.call("GET", "/accounts")
        path = token.path(resource.read[1])
        token.destroy()
        self.assertEqual(self.provider.exchange("GET", path)[0], 404)

    def test_a_token_of_the_user(self):
        self.check_token(provider.API_TOKEN)

    def test_a_token_of_the_account(self):
        self.check_token(provider.ACCOUNT_TOKEN, account_id=self.account)

    # ---- data sources
    def test_the_data_sources_of_zones(self):
        names = [f"source{i:02}.tf.example" for i in range(23)]
        ids = [self.node.zone(name, enabled=False) for name in names]
        found = self.provider.pages("/zones", f"account.id={self.account}&direction=asc&match=all"
                                              "&name=starts_with%3Asource&order=name&status=active")
        self.assertEqual([zone["id"] for zone in found], ids)
        for zone in found:
            for name, attribute in provider.ZONE.attributes.items():
                attribute.decode(zone.get(name))
        # One zone, by filter: the list has to have just one, which is then read.
        found = self.provider.pages("/zones", f"match=all&name={names[7]}")
        self.assertEqual([zone["id"] for zone in found], [ids[7]])
        self.assertEqual(self.provider.call("GET", f"/zones/{ids[7]}")["result"], found[0])
        self.assertEqual(self.provider.pages("/zones", "match=all&name=absent.tf.example"), [])
        found = self.provider.pages("/zones", f"account.name=Signpost&match=any&name={names[0]}")
        self.assertGreaterEqual({zone["id"] for zone in found}, set(ids))

    def test_the_data_sources_of_routing(self):
        zone = self.node.zone("lists.tf.example")
        made = [self.rule(zone, f"u{i}@lists.tf.example", enabled=i < 22) for i in range(25)]
        for rule in made:
            rule.apply()
        path = f"/zones/{zone}/email/routing/rules"
        ids = {rule.state["id"] for rule in made}
        self.assertEqual(len(self.provider.pages(path)), 26)
        self.assertGreater({rule["id"] for rule in self.provider.pages(path)}, ids)
        self.assertEqual(len(self.provider.pages(path, "enabled=true")), 22)
        for rule in self.provider.pages(path, "enabled=false"):
            self.assertIs(rule["enabled"], False)
            provider.MATCHERS(rule["matchers"])
            provider.ACTIONS(rule["actions"])
            provider.number(rule["priority"])
        for i in range(22):
            self.node.call("POST", f"/accounts/{self.account}/email/routing/addresses",
                           {"email": f"list{i}@dest.example"})
        path = f"/accounts/{self.account}/email/routing/addresses"
        waiting = self.provider.pages(path, "direction=asc&verified=false")
        self.assertGreaterEqual(len(waiting), 22)
        verified = self.provider.pages(path, "direction=desc&verified=true")
        self.assertEqual(len(self.provider.pages(path, "direction=asc")),
                         len(waiting) + len(verified))

    def test_the_data_sources_of_accounts_and_tokens(self):
        accounts = self.provider.pages("/accounts", "direction=asc&name=Signpost")
        self.assertEqual([one["id"] for one in accounts], [self.account])
        for path in ("/user/tokens", f"/accounts/{self.account}/tokens"):
            groups = self.provider.call("GET", f"{path}/permission_groups")["result"]
            self.assertEqual(self.provider.call(
                "GET", f"{path}/permission_groups?name=Zone%20Read")["result"],
                [one for one in groups if one["name"] == "Zone Read"])
            self.provider.pages(path, "direction=desc")
        self.assertEqual(self.provider.call("GET", "/user")["result"]["email"],
                         "administrator@mx.test.example")

    # ---- errors
    def test_a_wrong_token_fails_the_run(self):
        status, text = Provider(self.node, "x" * 40).exchange("GET", "/zones")
        self.assertEqual(status, 401)
        self.assertIn('"code":1000', text)

    def test_a_second_rule_for_an_address_fails_at_once(self):
        zone = self.node.zone("double.tf.example")
        self.rule(zone, "a@double.tf.example").apply()
        status, headers, _ = self.node.exchange(
            "POST", f"/client/v4/zones/{zone}/email/routing/rules",
            self.rule(zone, "a@double.tf.example").body(),
            {"Authorization": f"Bearer {self.node.token}", "Content-Type": "application/json"})
        self.assertEqual((status, headers["x-should-retry"]), (409, "false"))


if __name__ == "__main__":
    harness.main()
