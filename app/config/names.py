"""Names that several workspaces, functions and commands must agree on, derived from one place."""

from __future__ import annotations

from dataclasses import dataclass

from app.config.environment import Environment

SITES = ("legacy", "aws")

DATABASE_ROLES = {
    "app": "the payment API",
    "migration": "the migration engine",
    "replication": "the replication",
    "rotation": "the administrator who rotates logins",
}
"""Who logs in to the databases: each role has a secret at each site, named by `Names.secret`."""
DELIVERY_ROLES = ("plan", "drift", "deliver", "restore", "release")
"""Whom GitHub's workflows sign in to AWS as."""
ACCOUNT_ROLES = {"network": "dms-vpc-role", "logs": "dms-cloudwatch-logs-role"}
"""Roles whose names DMS prescribes, by what they are for: one pair an account."""
DATA_STREAMS = ("forward", "reverse")
"""Streams of business rows: away from the data centre, and back to it."""
# What no role of the target can exceed, whatever policies it is given: everything but IAM and the
# organization. Whoever makes roles within it cannot make one that is more than they are.
ROLE_BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"
# Route 53 takes keys and writes logs there and nowhere else, wherever the target stands.
DNS_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Names:
    """Every shared name of one environment."""

    environment: str
    account_id: str
    region: str

    @classmethod
    def of(cls, environment: Environment) -> Names:
        """Derive the names of an environment."""
        return cls(environment.name, environment.account_id, environment.region)

    @property
    def prefix(self) -> str:
        """Starts the name of everything that the environment owns."""
        return f"payshift-{self.environment}"

    def function(self, purpose: str) -> str:
        """Name of a Lambda function, such as `payshift-local-validator`."""
        return f"{self.prefix}-{purpose}"

    def function_arn(self, purpose: str) -> str:
        """ARN of a Lambda function, known before it exists: a ServiceToken may never change."""
        return f"arn:aws:lambda:{self.region}:{self.account_id}:function:{self.function(purpose)}"

    def secret(self, site: str, role: str) -> str:
        """Name of the secret with a login: one of SITES, one of DATABASE_ROLES."""
        return f"payshift/{self.environment}/{site}/{role}"

    def secrets(self, site: str) -> dict[str, str]:
        """Names of the secrets of a site, one of SITES, by what the login is for."""
        return {role: self.secret(site, role) for role in DATABASE_ROLES}

    def secret_arn(self, site: str, role: str) -> str:
        """ARN of such a secret without its six random characters, as most of AWS accepts it."""
        arn = f"arn:aws:secretsmanager:{self.region}:{self.account_id}:secret"
        return f"{arn}:{self.secret(site, role)}"

    def key_alias(self, purpose: str) -> str:
        """Alias of the customer-managed KMS key of a purpose, such as `database` or `secrets`."""
        return f"alias/{self.prefix}-{purpose}"

    @property
    def features_parameter(self) -> str:
        """SSM parameter that tells the payment API its phase and features."""
        return f"/payshift/{self.environment}/features"

    @property
    def failure_queue(self) -> str:
        """SQS queue of the events that functions failed to handle."""
        return f"{self.prefix}-failures"

    @property
    def access_log_bucket(self) -> str:
        """Bucket with the load balancer's access logs."""
        return f"{self.prefix}-access-log-{self.account_id}"

    @property
    def firewall_log_group(self) -> str:
        """Log group of the firewall; WAF insists on the beginning of the name."""
        return f"aws-waf-logs-{self.prefix}"

    @property
    def load_balancer(self) -> str:
        """Name of the application load balancer."""
        return self.prefix

    def target_group(self, colour: str) -> str:
        """Name of a release colour's target group."""
        return f"{self.prefix}-{colour}"

    def phase_stack(self, phase: str, stage: str) -> str:
        """CloudFormation stack with a phase's custom resources: stage `before` or `after`."""
        return f"{self.prefix}-{phase}-{stage}"

    @property
    def legacy_log_group(self) -> str:
        """Log group to which the data centre's agent sends what the payment API prints there."""
        return f"/payshift/{self.environment}/legacy-payment-api"

    def network_log_group(self, what: str) -> str:
        """Log group of the network: `flow` or `vpn`.

        AWS lets its own services write below /aws/vendedlogs without a policy for each group.
        """
        return f"/aws/vendedlogs/{self.prefix}/{what}"

    @property
    def database_cluster(self) -> str:
        """Identifier of the Aurora cluster."""
        return self.prefix

    @property
    def comparison_machine(self) -> str:
        """Name of the state machine that has the parts of a comparison read."""
        return f"{self.prefix}-comparison"

    @property
    def comparison_machine_arn(self) -> str:
        """ARN of that state machine, known before it exists."""
        states = f"arn:aws:states:{self.region}:{self.account_id}"
        return f"{states}:stateMachine:{self.comparison_machine}"

    @property
    def comparison_log_group(self) -> str:
        """Log group of that state machine; AWS lets its services write below /aws/vendedlogs."""
        return f"/aws/vendedlogs/states/{self.comparison_machine}"

    @property
    def alarm_topic_arn(self) -> str:
        """ARN of the SNS topic that alarms and events are sent to, known before it exists."""
        return f"arn:aws:sns:{self.region}:{self.account_id}:{self.prefix}-alarms"

    @property
    def budget(self) -> str:
        """Name of the monthly budget."""
        return f"{self.prefix}-monthly"

    @property
    def budget_arn(self) -> str:
        """ARN of the monthly budget; budgets belong to an account, not to a region."""
        return f"arn:aws:budgets::{self.account_id}:budget/{self.budget}"

    @property
    def change_topic_arn(self) -> str:
        """ARN of the SNS topic that tells what phases change, known before it exists."""
        return f"arn:aws:sns:{self.region}:{self.account_id}:{self.prefix}-changes"

    @property
    def backup_vault(self) -> str:
        """Vault with the daily copies of the database."""
        return f"{self.prefix}-database"

    @property
    def replication_instance(self) -> str:
        """Identifier of the DMS replication instance."""
        return self.prefix

    def replication_task(self, stream: str) -> str:
        """Identifier of a DMS task: `forward` (legacy to aws), `reverse`, or one's `-probe`."""
        return f"{self.prefix}-{stream}"

    def replication_task_resource(self, stream: str) -> str:
        """Last part of a DMS task's ARN, under which its metrics are filed; 31 characters fit."""
        return f"{self.environment}-{stream}"

    def replication_task_arn(self, stream: str) -> str:
        """ARN of a DMS task, known before it exists: rights name exactly the tasks they are for."""
        resource = self.replication_task_resource(stream)
        return f"arn:aws:dms:{self.region}:{self.account_id}:task:{resource}"

    @property
    def replication_log_group(self) -> str:
        """Log group of the DMS tasks; the name is DMS's."""
        return f"dms-tasks-{self.replication_instance}"

    @property
    def state_bucket(self) -> str:
        """Versioned bucket with the Terraform state of every workspace."""
        return f"{self.prefix}-state-{self.account_id}"

    def state_key(self, workspace: str) -> str:
        """Key of a workspace's state object."""
        return f"workspaces/{workspace}.tfstate"

    def review_key(self, commit: str) -> str:
        """Key, in the state bucket, of what a pull request showed at a commit."""
        return f"plans/{commit}.json"

    @property
    def drift_key(self) -> str:
        """Key, in the state bucket, of what the last look for drift found of the foundation.

        Away from the reviews: the role of pull requests, which writes those, cannot write it.
        """
        return "drift/last-look.json"

    def delivery_role(self, purpose: str) -> str:
        """Name of a role that GitHub's workflows take, one of DELIVERY_ROLES."""
        return f"{self.prefix}-{purpose}"

    def delivery_role_arn(self, purpose: str) -> str:
        """ARN of that role, which a variable of the repository hands to the workflows."""
        return f"arn:aws:iam::{self.account_id}:role/{self.delivery_role(purpose)}"

    @property
    def image_repository(self) -> str:
        """ECR repository of the functions' images."""
        return self.prefix

    @property
    def image_repository_url(self) -> str:
        """Where images are pushed to."""
        return f"{self.account_id}.dkr.ecr.{self.region}.amazonaws.com/{self.image_repository}"

    @property
    def zone_signing_key(self) -> str:
        """Name of the zone's key-signing key, which may have no hyphen."""
        return self.prefix.replace("-", "_")

    def query_log_group(self, zone: str) -> str:
        """Log group of a zone's queries; Route 53 insists on the beginning of the name."""
        return f"/aws/route53/{zone}"

    def lock_key(self, workspace: str) -> str:
        """Key of the object that locks a workspace's state; Terraform makes it from the state's."""
        return f"{self.state_key(workspace)}.tflock"

    @property
    def evidence_bucket(self) -> str:
        """Bucket with evidence records and bundles."""
        return f"{self.prefix}-evidence-{self.account_id}"
