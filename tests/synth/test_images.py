"""The registry of the functions' images, in the workspace `bootstrap`."""

from __future__ import annotations

import json

from tests.synth.workspaces import Synthesized, Workspace


def test_images_are_scanned_encrypted_and_their_tags_never_move(bootstrap: Workspace) -> None:
    repository = bootstrap.resource("aws_ecr_repository.images_repository")
    assert repository["image_tag_mutability"] == "IMMUTABLE"
    assert repository["image_scanning_configuration"] == {"scan_on_push": True}
    assert repository["encryption_configuration"] == [
        {"encryption_type": "KMS", "kms_key": "${aws_kms_key.images_key_key.arn}"}
    ]
    assert repository["lifecycle"] == {"prevent_destroy": True}


def test_the_repository_is_there_before_the_functions_that_need_an_image_in_it(
    production: Synthesized, bootstrap: Workspace
) -> None:
    # fact: Lambda makes no function of an image that nobody has pushed
    holding = {"aws_ecr_repository": ["bootstrap"], "aws_lambda_function": ["service"]}
    for kind, workspaces in holding.items():
        assert [one.name for one in production.all() if kind in one.kinds()] == workspaces
    told = bootstrap.json["output"]["image_repository"]["value"]
    assert told == "${aws_ecr_repository.images_repository.repository_url}"


def test_the_newest_images_are_kept_and_untagged_ones_expire(bootstrap: Workspace) -> None:
    rules = json.loads(bootstrap.resource("aws_ecr_lifecycle_policy.images_expiry")["policy"])
    assert [rule["selection"] for rule in rules["rules"]] == [
        {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": 7,
        },
        {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30},
    ]
    assert {rule["action"]["type"] for rule in rules["rules"]} == {"expire"}


def test_only_lambda_pulls_images_and_only_for_this_environments_functions(
    bootstrap: Workspace,
) -> None:
    statements = bootstrap.statements("aws_ecr_repository_policy.images_policy")
    assert statements == {
        "LambdaPulls": {
            "Sid": "LambdaPulls",
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            "Condition": {
                "ArnLike": {
                    "aws:SourceArn": (
                        "arn:aws:lambda:us-east-2:123456789012:function:payshift-production-*"
                    )
                }
            },
        }
    }
