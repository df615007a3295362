"""A customer key is rotated, and its policy names who may use it."""

from policies.base import Policy, Resource, statements


class KeyIsRotatedAndNamesItsUsers(Policy):
    """Ensure that keys rotate and that no key policy is open to everybody."""

    number = 19
    resources = ("aws_kms_key",)
    keys = ("enable_key_rotation", "policy")

    def is_met(self, resource: Resource) -> bool:
        """Tell whether it rotates, has a policy, and no statement allows any principal.

        KMS cannot rotate a key that signs.
        """
        signs = resource.value("key_usage") == "SIGN_VERIFY"
        allowing = [
            one for one in statements(resource.value("policy")) if one.get("Effect") == "Allow"
        ]
        return (
            (signs or resource.value("enable_key_rotation") is True)
            and bool(allowing)
            and not any(_anybody(one.get("Principal")) for one in allowing)
        )


def _anybody(principal: object) -> bool:
    if isinstance(principal, dict):
        return any(_anybody(one) for one in principal.values())
    if isinstance(principal, list):
        return any(_anybody(one) for one in principal)
    return principal in {"*", None}


check = KeyIsRotatedAndNamesItsUsers()
