/* What the permissions of planned operations are asked on: ARNs as the service authorization reference forms
 * them.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
 */
#include "services/iam/entity.h"

static int named(struct call *call, const char *kind, struct str path, struct str name, struct resource *ret)
{
        *ret = (struct resource){.arn = iam_arn(&call->arena, call->account, kind, iam_path(path), name)};
        return 0;
}

static int by_arn(struct str arn, struct resource *ret)
{
        *ret = (struct resource){.arn = arn};
        return 0;
}

int iam_oidc_provider_resource(struct call *call, const struct str *args, struct resource *ret)
{
        (void)call;
        return by_arn(args[0], ret);
}

/* Named by its URL without the scheme. */
int iam_new_oidc_provider_resource(struct call *call, const struct str *args, struct resource *ret)
{
        const struct str https = STR("https://");
        struct str url = args[0];

        return named(call, "oidc-provider", STR_NONE, str_starts(url, https) ? str_from(url, https.len) : url,
                     ret);
}

int iam_oidc_providers_resource(struct call *call, const struct str *args, struct resource *ret)
{
        (void)args;
        return named(call, "oidc-provider", STR_NONE, STR("*"), ret);
}

int iam_saml_provider_resource(struct call *call, const struct str *args, struct resource *ret)
{
        (void)call;
        return by_arn(args[0], ret);
}

int iam_new_saml_provider_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, "saml-provider", STR_NONE, args[0], ret);
}

int iam_saml_providers_resource(struct call *call, const struct str *args, struct resource *ret)
{
        (void)args;
        return named(call, "saml-provider", STR_NONE, STR("*"), ret);
}

int iam_server_certificate_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, "server-certificate", STR_NONE, args[0], ret);
}

int iam_new_server_certificate_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, "server-certificate", args[1], args[0], ret);
}

int iam_server_certificates_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, "server-certificate", args[0], STR_NONE, ret);
}

int iam_access_report_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, "access-report", STR_NONE, args[0], ret);
}

int iam_delegation_request_resource(struct call *call, const struct str *args, struct resource *ret)
{
        return named(call, "delegation-request", STR_NONE, args[0], ret);
}

int iam_delegation_requests_resource(struct call *call, const struct str *args, struct resource *ret)
{
        (void)args;
        return named(call, "delegation-request", STR_NONE, STR("*"), ret);
}
