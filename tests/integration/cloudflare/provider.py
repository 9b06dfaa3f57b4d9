# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
"""What Terraform's Cloudflare provider sends, and what it makes of the answers.

    rule = Object(Provider(node), RULE, {"zone_id": zone, "actions": [...], "matchers": [...]})
    rule.apply()                  # creates; later: updates what the configuration changed
    rule.refresh()                # False: it is not there any more (404)
    rule.drift()                  # what a plan would change: {} is a clean plan

The provider writes JSON without spaces, members in alphabetical order, and leaves out what is not
configured; in an update, what was configured before and is not any more is null. When it reads, all
but what it never reads back (`no_refresh`) comes from the answer, absent members as null.
"""
import datetime
import json

# As its HTTP library sends them. None of them may matter, but all have to be endured.
HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
    "User-Agent": "terraform-provider-cloudflare/5.22.0 terraform-plugin-framework/1.16.1 "
                  "terraform/1.13.5",
    "X-Stainless-Arch": "x64",
    "X-Stainless-Lang": "Terraform",
    "X-Stainless-Os": "Linux",
    "X-Stainless-Package-Version": "7.1.0",
    "X-Stainless-Retry-Count": "0",
    "X-Stainless-Runtime": "go",
    "X-Stainless-Runtime-Version": "go1.25.8",
}


def go_json(value):
    """JSON as Go writes it: members sorted, no spaces, <, > and & escaped."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text.encode()


class Provider:
    """The provider, set up with a token; notes what it sent in `sent`."""

    def __init__(self, node, token=None):
        self.node = node
        self.token = token or node.token
        self.sent = []

    def exchange(self, method, path, body=None):
        """(status, text of the answer)."""
        headers = {"Authorization": f"Bearer {self.token}", **HEADERS}
        if body is not None:
            headers["Content-Type"] = "application/json"
        elif method == "POST":
            body = b""  # Go says Content-Length: 0
        self.sent.append((method, path, body or b""))
        status, answered, octets = self.node.exchange(method, f"/client/v4{path}", body, headers)
        if "json" not in answered["Content-Type"]:
            raise AssertionError(f"{method} {path}: {answered['Content-Type']}")
        return status, octets.decode()

    def call(self, method, path, body=None):
        """The whole answer of a request that has to succeed."""
        status, text = self.exchange(method, path, body)
        if status != 200:
            raise AssertionError(f"{method} {path} {body}: {status} {text}")
        return json.loads(text)

    def pages(self, path, query=""):
        """A data source's list: page after page, until one is empty. It never looks at totals."""
        found = []
        for page in range(1, 1000):
            part = "&".join(filter(None, [query, f"page={page}" if page > 1 else ""]))
            items = self.call("GET", f"{path}?{part}" if part else path)["result"]
            if not items:
                return found
            found += items
        raise AssertionError(f"{path}: the pages do not end")


# ---------------------------------------------------------------- the types of attributes
def text(value):
    assert isinstance(value, str), value
    return value


def flag(value):
    assert isinstance(value, bool), value
    return value


def number(value):
    assert isinstance(value, (int, float)) and not isinstance(value, bool), value
    return float(value)


def time(value):
    """RFC 3339; equal if the moment is."""
    assert isinstance(value, str) and value.endswith("Z"), value
    return datetime.datetime.fromisoformat(value)


def list_of(inner):
    def decode(value):
        assert isinstance(value, list), value
        return [inner(one) for one in value]
    return decode


def nested(**members):
    """An object with these members; others are not looked at, absent ones are null."""
    def decode(value):
        assert isinstance(value, dict), value
        return {name: None if value.get(name) is None else kind(value[name])
                for name, kind in members.items()}
    return decode


REQUIRED, OPTIONAL, COMPUTED, BOTH = "required", "optional", "computed", "computed_optional"


class Attribute:
    def __init__(self, kind, mode, default=None, refresh=True):
        self.kind, self.mode, self.default, self.refresh = kind, mode, default, refresh

    def decode(self, value):
        return None if value is None else self.kind(value)


class Resource:
    """Where a kind of object is made, found and changed. Paths have {names} of the state."""

    def __init__(self, create, read, update, delete, attributes, whole_update=True):
        self.create, self.read, self.update, self.delete = create, read, update, delete
        self.attributes, self.whole_update = attributes, whole_update


class Object:
    """One resource block: its configuration and what Terraform's state has of it."""

    def __init__(self, provider, resource, config):
        self.provider, self.resource, self.config = provider, resource, config
        self.state = None

    def planned(self, name):
        """What the plan says of an attribute."""
        attribute = self.resource.attributes[name]
        if attribute.mode == COMPUTED:
            return self.state[name] if self.state else None
        if self.config.get(name) is not None:
            return attribute.decode(self.config[name])
        if attribute.mode == BOTH and attribute.default is not None:
            return attribute.default
        if attribute.mode == BOTH and self.state:
            return self.state[name]
        return None

    def drift(self):
        """{attribute: (state, plan)} of what a plan would change."""
        out = {}
        for name, attribute in self.resource.attributes.items():
            if attribute.mode == COMPUTED or not attribute.refresh:
                continue
            if self.state[name] != self.planned(name):
                out[name] = (self.state[name], self.planned(name))
        return out

    def body(self):
        """What create sends; what update sends, if there is a state."""
        out = {}
        for name, attribute in self.resource.attributes.items():
            if attribute.mode == COMPUTED:
                continue
            value = self.config.get(name)
            if value is None and attribute.mode == BOTH:
                value = attribute.default
            changed = self.state is None or self.planned(name) != self.state[name]
            if not self.resource.whole_update and not changed:
                continue
            if value is not None:
                out[name] = value
            elif self.state is not None and changed:
                out[name] = None
        return go_json(out)

    def path(self, template):
        known = {**self.config, **(self.state or {})}
        return template.format(**{name: value for name, value in known.items()
                                  if isinstance(value, str)})

    def apply(self):
        method, template = self.resource.update if self.state else self.resource.create
        answer = self.provider.call(method, self.path(template), self.body())
        before, self.state = self.state, {}
        wanted = {}
        for name in self.resource.attributes:
            self.state = before
            wanted[name] = self.planned(name)
        self.state = self.decoded(answer["result"], before)
        # "Provider produced inconsistent result after apply" is what Terraform says of these.
        for name, attribute in self.resource.attributes.items():
            if attribute.mode != COMPUTED and wanted[name] is not None and attribute.refresh:
                assert self.state[name] == wanted[name], (name, self.state[name], wanted[name])
        return answer

    def decoded(self, result, before=None):
        out = {}
        for name, attribute in self.resource.attributes.items():
            if attribute.refresh or before is None:
                out[name] = attribute.decode(result.get(name))
            else:
                out[name] = before[name]
        return out

    def refresh(self):
        method, template = self.resource.read
        status, answer = self.provider.exchange(method, self.path(template))
        if status == 404:
            self.state = None
            return False
        assert status == 200, answer
        self.state = self.decoded(json.loads(answer)["result"], self.state)
        return True

    def imported(self, **ids):
        """The same block, whose state comes from the node alone."""
        other = Object(self.provider, self.resource, self.config)
        method, template = self.resource.read
        answer = self.provider.call(method, template.format(**ids))
        other.state = other.decoded(answer["result"])
        return other

    def destroy(self):
        if self.resource.delete:
            method, template = self.resource.delete
            self.provider.call(method, self.path(template))
        self.state = None


# ---------------------------------------------------------------- the resources
ACTIONS = list_of(nested(type=text, value=list_of(text)))
MATCHERS = list_of(nested(type=text, field=text, value=text))
COMMON_TIMES = {"created": Attribute(time, COMPUTED), "modified": Attribute(time, COMPUTED)}

ZONE = Resource(
    ("POST", "/zones"), ("GET", "/zones/{id}"), ("PATCH", "/zones/{id}"), ("DELETE", "/zones/{id}"),
    {
        "id": Attribute(text, COMPUTED),
        "name": Attribute(text, REQUIRED),
        "account": Attribute(nested(id=text), REQUIRED),
        "paused": Attribute(flag, BOTH, False),
        "type": Attribute(text, BOTH, "full"),
        "vanity_name_servers": Attribute(list_of(text), BOTH),
        "activated_on": Attribute(time, COMPUTED),
        "cname_suffix": Attribute(text, COMPUTED),
        "created_on": Attribute(time, COMPUTED),
        "development_mode": Attribute(number, COMPUTED),
        "modified_on": Attribute(time, COMPUTED),
        "original_dnshost": Attribute(text, COMPUTED),
        "original_registrar": Attribute(text, COMPUTED),
        "status": Attribute(text, COMPUTED),
        "verification_key": Attribute(text, COMPUTED),
        "name_servers": Attribute(list_of(text), COMPUTED),
        "original_name_servers": Attribute(list_of(text), COMPUTED),
        "permissions": Attribute(list_of(text), COMPUTED),
        "meta": Attribute(nested(cdn_only=flag, custom_certificate_quota=number, dns_only=flag,
                                 foundation_dns=flag, page_rule_quota=number,
                                 phishing_detected=flag, step=number), COMPUTED),
        "owner": Attribute(nested(id=text, name=text, type=text), COMPUTED),
        "plan": Attribute(nested(id=text, can_subscribe=flag, currency=text,
                                 externally_managed=flag, frequency=text, is_subscribed=flag,
                                 legacy_discount=flag, legacy_id=text, name=text, price=number),
                          COMPUTED),
        "tenant": Attribute(nested(id=text, name=text), COMPUTED),
        "tenant_unit": Attribute(nested(id=text), COMPUTED),
    })

SETTINGS = Resource(
    ("POST", "/zones/{zone_id}/email/routing/enable"), ("GET", "/zones/{zone_id}/email/routing"),
    None, ("POST", "/zones/{zone_id}/email/routing/disable"),
    {
        "id": Attribute(text, COMPUTED),
        "enabled": Attribute(flag, COMPUTED),
        "name": Attribute(text, COMPUTED),
        "skip_wizard": Attribute(flag, COMPUTED),
        "status": Attribute(text, COMPUTED),
        "support_subaddress": Attribute(flag, COMPUTED),
        "tag": Attribute(text, COMPUTED),
        **COMMON_TIMES,
    })

RULE = Resource(
    ("POST", "/zones/{zone_id}/email/routing/rules"),
    ("GET", "/zones/{zone_id}/email/routing/rules/{id}"),
    ("PUT", "/zones/{zone_id}/email/routing/rules/{id}"),
    ("DELETE", "/zones/{zone_id}/email/routing/rules/{id}"),
    {
        "id": Attribute(text, COMPUTED),
        "actions": Attribute(ACTIONS, REQUIRED),
        "matchers": Attribute(MATCHERS, REQUIRED),
        "name": Attribute(text, OPTIONAL),
        "owner_worker_tag": Attribute(text, OPTIONAL, refresh=False),
        "enabled": Attribute(flag, BOTH, True),
        "priority": Attribute(number, BOTH, 0),
        "source": Attribute(text, BOTH, "api"),
        "tag": Attribute(text, COMPUTED),
    })

CATCH_ALL = Resource(
    ("PUT", "/zones/{zone_id}/email/routing/rules/catch_all"),
    ("GET", "/zones/{zone_id}/email/routing/rules/catch_all"),
    ("PUT", "/zones/{zone_id}/email/routing/rules/catch_all"), None,
    {
        "actions": Attribute(ACTIONS, REQUIRED),
        "matchers": Attribute(list_of(nested(type=text)), REQUIRED),
        "name": Attribute(text, OPTIONAL),
        "owner_worker_tag": Attribute(text, OPTIONAL, refresh=False),
        "enabled": Attribute(flag, BOTH, True),
        "source": Attribute(text, BOTH, "api"),
        "tag": Attribute(text, COMPUTED),
    })

ADDRESS = Resource(
    ("POST", "/accounts/{account_id}/email/routing/addresses"),
    ("GET", "/accounts/{account_id}/email/routing/addresses/{id}"),
    ("PATCH", "/accounts/{account_id}/email/routing/addresses/{id}"),
    ("DELETE", "/accounts/{account_id}/email/routing/addresses/{id}"),
    {
        "id": Attribute(text, COMPUTED),
        "email": Attribute(text, REQUIRED),
        "status": Attribute(text, OPTIONAL, refresh=False),
        "tag": Attribute(text, COMPUTED),
        "verified": Attribute(time, COMPUTED),
        **COMMON_TIMES,
    }, whole_update=False)

ACCOUNT = Resource(
    ("POST", "/accounts"), ("GET", "/accounts/{id}"), ("PUT", "/accounts/{id}"),
    ("DELETE", "/accounts/{id}"),
    {
        "id": Attribute(text, COMPUTED),
        "name": Attribute(text, REQUIRED),
        "type": Attribute(text, BOTH, "standard"),
        "settings": Attribute(nested(abuse_contact_email=text, enforce_twofactor=flag), BOTH),
        "created_on": Attribute(time, COMPUTED),
    })

TOKEN_ATTRIBUTES = {
    "id": Attribute(text, COMPUTED),
    "name": Attribute(text, REQUIRED),
    "policies": Attribute(list_of(nested(effect=text, permission_groups=list_of(nested(id=text)),
                                         resources=dict)), REQUIRED),
    "condition": Attribute(nested(request_ip=nested(**{"in": list_of(text),
                                                       "not_in": list_of(text)})), OPTIONAL),
    "expires_on": Attribute(time, OPTIONAL),
    "not_before": Attribute(time, OPTIONAL),
    "status": Attribute(text, BOTH, "active"),
    "issued_on": Attribute(time, COMPUTED),
    "last_used_on": Attribute(time, COMPUTED),
    "modified_on": Attribute(time, COMPUTED),
    "value": Attribute(text, COMPUTED, refresh=False),
}
API_TOKEN = Resource(
    ("POST", "/user/tokens"), ("GET", "/user/tokens/{id}"), ("PUT", "/user/tokens/{id}"),
    ("DELETE", "/user/tokens/{id}"), TOKEN_ATTRIBUTES)
ACCOUNT_TOKEN = Resource(
    ("POST", "/accounts/{account_id}/tokens"), ("GET", "/accounts/{account_id}/tokens/{id}"),
    ("PUT", "/accounts/{account_id}/tokens/{id}"),
    ("DELETE", "/accounts/{account_id}/tokens/{id}"), TOKEN_ATTRIBUTES)
