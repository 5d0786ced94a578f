"""Resource types that are accepted and have no effect on one machine, with the reason, which is reported.

They are configuration *around* what a program uses. A type that runs code, keeps data or answers calls,
and does not do so here, is refused instead: see ``localcloud.stack.verdicts``.
"""

from __future__ import annotations

from typing import Final

_NETWORK: Final = "there is no network here: everything shares one machine's loopback"
_DOMAIN: Final = "the local addresses are the only ones"
_EDGE: Final = "nothing stands in front of the origin, whose own address answers"
_CERTIFICATE: Final = "there is no TLS on loopback"
_FIREWALL: Final = "no request is filtered"
_BACKUP: Final = "there is no backup to keep"
_CAPACITY: Final = "capacity does not change here"
_ROLLOUT: Final = "a new version takes all requests at once"
_RECORDS: Final = "nothing is recorded for it"
_WATCHING: Final = "the local cloud shows logs, metrics and traces itself"
_CATALOGUE: Final = "a catalogue that no event or record is held against"
_STORED: Final = "kept and answered by its API, with nothing behind it"
_ALLOWED: Final = "all that runs here is one account's"

ACCEPTED: Final[dict[str, str]] = {
    f"AWS::{service}::{name}": reason
    for service, reason, names in (
        (
            "EC2",
            _NETWORK,
            "VPC Subnet RouteTable Route SubnetRouteTableAssociation InternetGateway VPCGatewayAttachment "
            "NatGateway EIP SecurityGroup SecurityGroupIngress SecurityGroupEgress VPCEndpoint NetworkAcl "
            "NetworkAclEntry SubnetNetworkAclAssociation VPCPeeringConnection FlowLog KeyPair DHCPOptions "
            "VPCDHCPOptionsAssociation EgressOnlyInternetGateway VPCCidrBlock PrefixList "
            "InstanceConnectEndpoint TransitGateway TransitGatewayAttachment TransitGatewayRoute",
        ),
        ("Route53", _DOMAIN, "HostedZone RecordSet RecordSetGroup HealthCheck"),
        ("Route53Resolver", _NETWORK, "ResolverEndpoint ResolverRule ResolverRuleAssociation"),
        ("CertificateManager", _CERTIFICATE, "Certificate Account"),
        (
            "ApiGateway",
            _DOMAIN,
            "DomainName DomainNameV2 BasePathMapping BasePathMappingV2 DomainNameAccessAssociation",
        ),
        ("ApiGateway", _CERTIFICATE, "ClientCertificate"),
        ("ApiGatewayV2", _DOMAIN, "DomainName ApiMapping"),
        ("AppSync", _DOMAIN, "DomainName DomainNameApiAssociation"),
        ("Cognito", "the hosted pages are not served: sign in by the pool's API", "UserPoolDomain"),
        (
            "Cognito",
            "the hosted pages are not served: sign in by the pool's API",
            "ManagedLoginBranding UserPoolUICustomizationAttachment",
        ),
        ("Cognito", _RECORDS, "LogDeliveryConfiguration UserPoolRiskConfigurationAttachment"),
        ("Cognito", _STORED, "UserPoolResourceServer IdentityPool IdentityPoolRoleAttachment"),
        (
            "CloudFront",
            _EDGE,
            "Distribution CachePolicy OriginRequestPolicy ResponseHeadersPolicy OriginAccessControl Function "
            "CloudFrontOriginAccessIdentity KeyValueStore RealtimeLogConfig MonitoringSubscription KeyGroup "
            "PublicKey",
        ),
        (
            "WAFv2",
            _FIREWALL,
            "WebACL WebACLAssociation IPSet RegexPatternSet RuleGroup LoggingConfiguration",
        ),
        ("Shield", _FIREWALL, "Protection ProtectionGroup"),
        ("Backup", _BACKUP, "BackupPlan BackupVault BackupSelection"),
        ("ApplicationAutoScaling", _CAPACITY, "ScalableTarget ScalingPolicy"),
        ("CodeDeploy", _ROLLOUT, "Application DeploymentGroup DeploymentConfig"),
        ("Lambda", "code is not checked for signatures", "CodeSigningConfig"),
        ("Signer", "code is not checked for signatures", "SigningProfile ProfilePermission"),
        ("Lambda", _ALLOWED, "LayerVersionPermission"),
        ("SecretsManager", _ALLOWED, "ResourcePolicy"),
        ("SecretsManager", "no secret is changed by itself", "RotationSchedule"),
        ("DynamoDB", _CAPACITY, "ContributorInsights"),
        ("CloudTrail", _RECORDS, "Trail EventDataStore"),
        ("CloudWatch", "no bands are computed", "AnomalyDetector InsightRule"),
        ("CloudWatch", _WATCHING, "MetricStream"),
        ("Logs", _WATCHING, "QueryDefinition DeliverySource DeliveryDestination Delivery LogAnomalyDetector"),
        ("XRay", _WATCHING, "ResourcePolicy TransactionSearchConfig"),
        ("ApplicationInsights", _WATCHING, "Application"),
        ("ApplicationSignals", _WATCHING, "Discovery ServiceLevelObjective"),
        ("RUM", "no page reports to it", "AppMonitor"),
        ("ResourceGroups", "a view of tags, which nothing reads", "Group"),
        (
            "ServiceCatalogAppRegistry",
            "a view of tags, which nothing reads",
            "Application ResourceAssociation",
        ),
        ("Budgets", "nothing here costs money", "Budget"),
        ("CE", "nothing here costs money", "AnomalyMonitor AnomalySubscription"),
        (
            "Chatbot",
            "nothing is sent to a chat",
            "SlackChannelConfiguration MicrosoftTeamsChannelConfiguration",
        ),
        ("EventSchemas", _CATALOGUE, "Registry Schema Discoverer RegistryPolicy"),
        ("GuardDuty", _FIREWALL, "Detector MalwareProtectionPlan"),
        ("LakeFormation", _ALLOWED, "DataLakeSettings Permissions PrincipalPermissions Resource"),
        ("RAM", _ALLOWED, "ResourceShare"),
        ("KMS", "data is not encrypted here; the key's own API works", "Key Alias"),
        ("IAM", "there is no instance to take the role", "InstanceProfile"),
        ("IAM", "no service here reads it", "ServiceLinkedRole OIDCProvider"),
        ("IoT", _STORED, "Thing ThingType ThingGroup"),
        ("SES", "no mail is sent: the engine keeps it", "EmailIdentity ConfigurationSet"),
        ("SES", "no mail is sent: the engine keeps it", "ConfigurationSetEventDestination"),
        ("SSM", "no machine carries it out", "Document"),
        ("ECR", "no image runs here", "Repository"),
        ("AppConfig", _STORED, "Application Environment ConfigurationProfile HostedConfigurationVersion"),
        ("AppConfig", _STORED, "Deployment DeploymentStrategy"),
        ("CloudFormation", "no signal is waited for", "WaitConditionHandle"),
        ("CDK", "a mark of the tool's", "Metadata"),
    )
    for name in names.split()
}
