/* From the user guides of the services, "Using service-linked roles". Sorted by name. */
#include "services/iam/linked_services.h"

#include <stdlib.h>

#define SERVICE(name, role, policy)                                                                          \
        {                                                                                                    \
                STR_INIT(name), STR_INIT("AWSServiceRoleFor" role), STR_INIT(policy), false                  \
        }
#define SERVICE_WITH_SUFFIX(name, role, policy)                                                              \
        {                                                                                                    \
                STR_INIT(name), STR_INIT("AWSServiceRoleFor" role), STR_INIT(policy), true                   \
        }

static const struct iam_linked_service SERVICES[] = {
        SERVICE("access-analyzer.amazonaws.com", "AccessAnalyzer", "AccessAnalyzerServiceRolePolicy"),
        SERVICE("acm.amazonaws.com", "CertificateManager", "CertificateManagerServiceRolePolicy"),
        SERVICE_WITH_SUFFIX("autoscaling.amazonaws.com", "AutoScaling", "AutoScalingServiceRolePolicy"),
        SERVICE("backup.amazonaws.com", "Backup", "AWSBackupServiceLinkedRolePolicyForBackup"),
        SERVICE("cks.kms.amazonaws.com", "KeyManagementServiceCustomKeyStores",
                "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy"),
        SERVICE("cloudhsm.amazonaws.com", "CloudHSM", "CloudHSMServiceRolePolicy"),
        SERVICE("cloudtrail.amazonaws.com", "CloudTrail", "CloudTrailServiceRolePolicy"),
        SERVICE("cloudwatch-crossaccount.amazonaws.com", "CloudWatchCrossAccount",
                "CloudWatch-CrossAccountAccess"),
        SERVICE("cognito-idp.amazonaws.com", "AmazonCognitoIdp", "AmazonCognitoIdpServiceRolePolicy"),
        SERVICE("config-conforms.amazonaws.com", "ConfigConforms", "ConfigConformsServiceRolePolicy"),
        SERVICE("config-multiaccountsetup.amazonaws.com", "ConfigMultiAccountSetup",
                "AWSConfigMultiAccountSetupPolicy"),
        SERVICE("config.amazonaws.com", "Config", "AWSConfigServiceRolePolicy"),
        SERVICE("detective.amazonaws.com", "Detective", "AmazonDetectiveServiceLinkedRolePolicy"),
        SERVICE("dynamodb.application-autoscaling.amazonaws.com", "ApplicationAutoScaling_DynamoDBTable",
                "AWSApplicationAutoscalingDynamoDBTablePolicy"),
        SERVICE("ec2-instance-connect.amazonaws.com", "EC2InstanceConnect", "Ec2InstanceConnectEndpoint"),
        SERVICE("ec2fleet.amazonaws.com", "EC2Fleet", "AWSEC2FleetServiceRolePolicy"),
        SERVICE("ecs.amazonaws.com", "ECS", "AmazonECSServiceRolePolicy"),
        SERVICE("ecs.application-autoscaling.amazonaws.com", "ApplicationAutoScaling_ECSService",
                "AWSApplicationAutoscalingECSServicePolicy"),
        SERVICE("eks-fargate.amazonaws.com", "AmazonEKSForFargate", "AmazonEKSForFargateServiceRolePolicy"),
        SERVICE("eks-nodegroup.amazonaws.com", "AmazonEKSNodegroup", "AWSServiceRoleForAmazonEKSNodegroup"),
        SERVICE("eks.amazonaws.com", "AmazonEKS", "AmazonEKSServiceRolePolicy"),
        SERVICE("elasticache.amazonaws.com", "ElastiCache", "ElastiCacheServiceRolePolicy"),
        SERVICE("elasticbeanstalk.amazonaws.com", "ElasticBeanstalk", "AWSElasticBeanstalkServiceRolePolicy"),
        SERVICE("elasticfilesystem.amazonaws.com", "AmazonElasticFileSystem",
                "AmazonElasticFileSystemServiceRolePolicy"),
        SERVICE("elasticloadbalancing.amazonaws.com", "ElasticLoadBalancing",
                "AWSElasticLoadBalancingServiceRolePolicy"),
        SERVICE("email.cognito-idp.amazonaws.com", "AmazonCognitoIdpEmailService",
                "AmazonCognitoIdpEmailServiceRolePolicy"),
        SERVICE("es.amazonaws.com", "AmazonElasticsearchService", "AmazonElasticsearchServiceRolePolicy"),
        SERVICE("events.amazonaws.com", "CloudWatchEvents", "CloudWatchEventsServiceRolePolicy"),
        SERVICE("fms.amazonaws.com", "FMS", "FMSServiceRolePolicy"),
        SERVICE("guardduty.amazonaws.com", "AmazonGuardDuty", "AmazonGuardDutyServiceRolePolicy"),
        SERVICE("inspector.amazonaws.com", "AmazonInspector", "AmazonInspectorServiceRolePolicy"),
        SERVICE("inspector2.amazonaws.com", "AmazonInspector2", "AmazonInspector2ServiceRolePolicy"),
        SERVICE("lex.amazonaws.com", "LexBots", "LexBotPolicy"),
        SERVICE("logger.cloudfront.amazonaws.com", "CloudFrontLogger", "AWSCloudFrontLogger"),
        SERVICE("macie.amazonaws.com", "AmazonMacie", "AmazonMacieServiceRolePolicy"),
        SERVICE("malware-protection.guardduty.amazonaws.com", "AmazonGuardDutyMalwareProtection",
                "AmazonGuardDutyMalwareProtectionServiceRolePolicy"),
        SERVICE("member.org.stacksets.cloudformation.amazonaws.com", "CloudFormationStackSetsOrgMember",
                "CloudFormationStackSetsOrgMemberServiceRolePolicy"),
        SERVICE("mrk.kms.amazonaws.com", "KeyManagementServiceMultiRegionKeys",
                "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy"),
        SERVICE("network-firewall.amazonaws.com", "NetworkFirewall", "AWSNetworkFirewallServiceRolePolicy"),
        SERVICE("opensearchservice.amazonaws.com", "AmazonOpenSearchService",
                "AmazonOpenSearchServiceRolePolicy"),
        SERVICE("ops.apigateway.amazonaws.com", "APIGateway", "APIGatewayServiceRolePolicy"),
        SERVICE("organizations.amazonaws.com", "Organizations", "AWSOrganizationsServiceTrustPolicy"),
        SERVICE("ram.amazonaws.com", "ResourceAccessManager", "AWSResourceAccessManagerServiceRolePolicy"),
        SERVICE("rds.amazonaws.com", "RDS", "AmazonRDSServiceRolePolicy"),
        SERVICE("redshift.amazonaws.com", "Redshift", "AmazonRedshiftServiceLinkedRolePolicy"),
        SERVICE("remediation.config.amazonaws.com", "ConfigRemediation",
                "AWSConfigRemediationServiceRolePolicy"),
        SERVICE("replication.dynamodb.amazonaws.com", "DynamoDBReplication",
                "DynamoDBReplicationServiceRolePolicy"),
        SERVICE("replicator.lambda.amazonaws.com", "LambdaReplicator", "AWSLambdaReplicator"),
        SERVICE("reporting.trustedadvisor.amazonaws.com", "TrustedAdvisorReporting",
                "AWSTrustedAdvisorReportingServiceRolePolicy"),
        SERVICE("route53resolver.amazonaws.com", "Route53Resolver", "Route53ResolverServiceRolePolicy"),
        SERVICE("securityhub.amazonaws.com", "SecurityHub", "AWSSecurityHubServiceRolePolicy"),
        SERVICE("servicequotas.amazonaws.com", "ServiceQuotas", "ServiceQuotasServiceRolePolicy"),
        SERVICE("shield.amazonaws.com", "AWSShield", "AWSShieldServiceRolePolicy"),
        SERVICE("spot.amazonaws.com", "EC2Spot", "AWSEC2SpotServiceRolePolicy"),
        SERVICE("spotfleet.amazonaws.com", "EC2SpotFleet", "AWSEC2SpotFleetServiceRolePolicy"),
        SERVICE("ssm.amazonaws.com", "AmazonSSM", "AmazonSSMServiceRolePolicy"),
        SERVICE("sso.amazonaws.com", "SSO", "AWSSSOServiceRolePolicy"),
        SERVICE("stacksets.cloudformation.amazonaws.com", "CloudFormationStackSetsOrgAdmin",
                "CloudFormationStackSetsOrgAdminServiceRolePolicy"),
        SERVICE("support.amazonaws.com", "Support", "AWSSupportServiceRolePolicy"),
        SERVICE("transitgateway.amazonaws.com", "VPCTransitGateway", "AWSVPCTransitGatewayServiceRolePolicy"),
        SERVICE("trustedadvisor.amazonaws.com", "TrustedAdvisor", "AWSTrustedAdvisorServiceRolePolicy"),
        SERVICE("waf-regional.amazonaws.com", "WAFRegionalLogging", "WAFRegionalLoggingServiceRolePolicy"),
        SERVICE("waf.amazonaws.com", "WAFLogging", "WAFLoggingServiceRolePolicy"),
        SERVICE("wafv2.amazonaws.com", "WAFV2Logging", "WAFV2LoggingServiceRolePolicy"),
};

static int compare(const void *key, const void *item)
{
        const struct iam_linked_service *service = item;

        return str_cmp(*(const struct str *)key, service->name);
}

const struct iam_linked_service *iam_linked_service_find(struct str name)
{
        return bsearch(&name, SERVICES, ARRAY_LEN(SERVICES), sizeof(*SERVICES), compare);
}

struct str iam_linked_role_name(struct arena *arena, const struct iam_linked_service *service,
                                struct str suffix)
{
        if (!str_is_set(suffix))
                return service->role_name;
        return arena_printf(arena, "%.*s_%.*s", STR_ARG(service->role_name), STR_ARG(suffix));
}
