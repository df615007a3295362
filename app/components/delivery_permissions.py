"""What the roles of the delivery may do, one statement a need."""

from __future__ import annotations

from app.components.delivery_contents import CONTENTS, PARAMETERS
from app.components.policy_document import Statement
from app.config.names import DELIVERY_ROLES, Names

STATES = "workspaces/*.tfstate"
LOCKS = "workspaces/*.tfstate.tflock"
REVIEWS = "plans/*.json"
# Services without a region, or whose only one is elsewhere.
GLOBAL = ("budgets:*", "iam:*", "route53:*", "sts:*", "support:*")


def read_states(names: Names, *, key_arn: str) -> tuple[Statement, ...]:
    """Read every state, and whether somebody holds its lock."""
    return (
        Statement(
            sid="SeeStates",
            actions=("s3:GetBucketVersioning", "s3:ListBucket"),
            resources=(_bucket(names),),
        ),
        Statement(
            sid="ReadStates",
            actions=("s3:GetObject",),
            resources=(_objects(names, STATES), _objects(names, LOCKS)),
        ),
        Statement(
            sid="UseStateKey",
            actions=("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"),
            resources=(key_arn,),
        ),
    )


def hold_locks(names: Names) -> Statement:
    """Hold a lock while planning for an apply and applying, and let go of it."""
    return Statement(
        sid="HoldLocks",
        actions=("s3:DeleteObject", "s3:PutObject"),
        resources=(_objects(names, LOCKS),),
    )


def keep_reviews(names: Names) -> Statement:
    """Keep what a pull request showed; deliveries compare with it and never run it."""
    return Statement(
        sid="KeepReviews", actions=("s3:PutObject",), resources=(_objects(names, REVIEWS),)
    )


def keep_look(names: Names) -> Statement:
    """Keep what the last look for drift found: a step up believes it, so no pull request may."""
    return Statement(
        sid="KeepLook", actions=("s3:PutObject",), resources=(_objects(names, names.drift_key),)
    )


def write_states(names: Names) -> Statement:
    """Write states; a version that was written is never deleted."""
    return Statement(
        sid="WriteStates", actions=("s3:PutObject",), resources=(_objects(names, STATES),)
    )


def read_state_versions(names: Names) -> tuple[Statement, ...]:
    """List and read what states were."""
    return (
        Statement(
            sid="SeeVersions", actions=("s3:ListBucketVersions",), resources=(_bucket(names),)
        ),
        Statement(
            sid="ReadVersions",
            actions=("s3:GetObjectVersion",),
            resources=(_objects(names, STATES),),
        ),
    )


def open_bundles(names: Names) -> Statement:
    """Open the bundles that a plan takes its workspaces from; S3 asks for it, nobody else may."""
    return Statement(
        sid="OpenBundles",
        actions=("kms:Decrypt",),
        resources=(f"arn:aws:kms:{names.region}:{names.account_id}:key/*",),
        condition={
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": names.key_alias("evidence")},
            "StringEquals": {"kms:ViaService": f"s3.{names.region}.amazonaws.com"},
        },
    )


def no_data(names: Names) -> tuple[Statement, ...]:
    """Refuse what AWS's own read-only policy lets a plan see and no plan needs: contents."""
    return (
        Statement(
            sid="NoContents",
            effect="Deny",
            actions=CONTENTS,
            resources=("*",),
        ),
        # The target's own parameters hold no secret: a plan shows what changes in them.
        Statement(
            sid="NoOtherParameters",
            effect="Deny",
            actions=PARAMETERS,
            all_resources_but=(
                f"arn:aws:ssm:{names.region}:{names.account_id}:parameter/payshift/*",
            ),
        ),
        Statement(
            sid="NoObjects",
            effect="Deny",
            actions=("s3:GetObject", "s3:GetObjectVersion"),
            all_resources_but=(
                _objects(names, "workspaces/*"),
                f"arn:aws:s3:::{names.evidence_bucket}/bundles/*",
            ),
        ),
    )


def manage_roles(names: Names, *, boundary_arn: str) -> tuple[Statement, ...]:
    """Make the roles of the target, all within the boundary: no role can be made that is more."""
    roles = (f"arn:aws:iam::{names.account_id}:role/{names.prefix}-*",)
    return (
        Statement(
            sid="GiveRights",
            actions=(
                "iam:AttachRolePolicy",
                "iam:CreateRole",
                "iam:PutRolePermissionsBoundary",
                "iam:PutRolePolicy",
            ),
            resources=roles,
            condition={"StringEquals": {"iam:PermissionsBoundary": boundary_arn}},
        ),
        Statement(
            sid="KeepRoles",
            actions=(
                "iam:DeleteRole",
                "iam:DeleteRolePolicy",
                "iam:DetachRolePolicy",
                "iam:GetRole",
                "iam:GetRolePolicy",
                "iam:ListAttachedRolePolicies",
                "iam:ListInstanceProfilesForRole",
                "iam:ListRolePolicies",
                "iam:PassRole",
                "iam:TagRole",
                "iam:UntagRole",
                "iam:UpdateAssumeRolePolicy",
                "iam:UpdateRole",
                "iam:UpdateRoleDescription",
            ),
            resources=roles,
        ),
    )


def push_images(names: Names) -> tuple[Statement, ...]:
    """Put images into the functions' repository, and nothing anywhere else; none is deleted."""
    repository = (
        f"arn:aws:ecr:{names.region}:{names.account_id}:repository/{names.image_repository}"
    )
    return (
        # Knows no resource: AWS allows nothing narrower.
        Statement(sid="LogIn", actions=("ecr:GetAuthorizationToken",), resources=("*",)),
        Statement(
            sid="PushImages",
            actions=(
                "ecr:BatchCheckLayerAvailability",
                "ecr:BatchGetImage",
                "ecr:CompleteLayerUpload",
                "ecr:GetDownloadUrlForLayer",
                "ecr:InitiateLayerUpload",
                "ecr:PutImage",
                "ecr:UploadLayerPart",
            ),
            resources=(repository,),
        ),
    )


def guard_rails(names: Names) -> tuple[Statement, ...]:
    """Refuse what no delivery may do, whatever else allows it."""
    own = tuple(
        f"arn:aws:iam::{names.account_id}:role/{names.delivery_role(purpose)}"
        for purpose in DELIVERY_ROLES
    )
    return (
        Statement(
            sid="NotItself",
            effect="Deny",
            actions=("iam:*",),
            resources=(*own, f"arn:aws:iam::{names.account_id}:oidc-provider/*"),
        ),
        Statement(
            sid="NotElsewhere",
            effect="Deny",
            all_actions_but=GLOBAL,
            resources=("*",),
            condition={"StringNotEquals": {"aws:RequestedRegion": names.region}},
        ),
        Statement(
            sid="NotTheStates",
            effect="Deny",
            actions=(
                "s3:DeleteBucket",
                "s3:DeleteBucketPolicy",
                "s3:DeleteObjectVersion",
                "s3:PutBucketPolicy",
                "s3:PutBucketVersioning",
                "s3:PutEncryptionConfiguration",
                "s3:PutLifecycleConfiguration",
            ),
            resources=(_bucket(names), _objects(names, "*")),
        ),
        # The bootstrap's: what the parent zone names and vouches for, and what was released.
        Statement(
            sid="NotTheZoneAndImages",
            effect="Deny",
            actions=(
                "ecr:BatchDeleteImage",
                "ecr:DeleteRepository",
                "ecr:PutImage",
                "route53:DeactivateKeySigningKey",
                "route53:DeleteHostedZone",
                "route53:DeleteKeySigningKey",
                "route53:DisableHostedZoneDNSSEC",
            ),
            resources=("*",),
        ),
        Statement(
            sid="NotTheKeys",
            effect="Deny",
            actions=("kms:DisableKey", "kms:ScheduleKeyDeletion"),
            resources=("*",),
        ),
    )


def _bucket(names: Names) -> str:
    return f"arn:aws:s3:::{names.state_bucket}"


def _objects(names: Names, key: str) -> str:
    return f"{_bucket(names)}/{key}"
