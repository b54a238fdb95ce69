/* What CloudTrail's permissions are asked on, with its tags. Channels and dashboards do not exist yet: their
 * operations are planned, and are authorised all the same.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html */
#include "services/cloudtrail/store.h"

static struct str own_arn(struct call *call, const char *kind, struct str name)
{
        return arena_printf(&call->arena, "arn:%.*s:cloudtrail:%.*s:%.*s:%s/%.*s",
                            STR_ARG(call->host->partition), STR_ARG(call->region), STR_ARG(call->account),
                            kind, STR_ARG(name));
}

/* The account of an ARN: its fifth part. */
static struct str arn_account(struct str arn)
{
        struct str part = STR_NONE;

        for (size_t i = 0; i < 5; i++)
                if (!str_cut(&arn, ':', &part))
                        return STR_NONE;
        return part;
}

/* By ARN as it is, by name in the caller's account; without either, any of the kind, which no event names. */
static int name_or_arn(struct call *call, const char *kind, struct str given, struct resource *ret)
{
        if (str_starts(given, STR("arn:"))) {
                ret->arn = given;
                ret->account = arn_account(given);
                return 0;
        }
        ret->arn = own_arn(call, kind, str_is_set(given) ? given : STR("*"));
        ret->account = call->account;
        if (!str_is_set(given))
                ret->noted = STR("");
        return 0;
}

/* -- Tags. What is not there, or is somebody else's, has none. */

static int set_tags(struct call *call, int found, const struct cloudtrail_tag_list *tags,
                    struct resource *ret)
{
        if (found == -ECALL) {
                call_forgive(call);
                return 0;
        }
        if (found < 0 || tags->count == 0)
                return found;
        ret->tags.items = arena_new_array(&call->arena, struct str_pair, tags->count);
        if (!ret->tags.items)
                return -ENOMEM;
        for (size_t i = 0; i < tags->count; i++)
                ret->tags.items[i] = (struct str_pair){tags->items[i].key, tags->items[i].value};
        ret->tags.count = tags->count;
        ret->tags.is_set = true;
        return 0;
}

static int set_trail_tags(struct call *call, struct str given, struct resource *ret)
{
        struct cloudtrail_trail_record trail = {};

        return str_is_set(given) ? set_tags(call, trail_find(call, given, &trail), &trail.tags, ret) : 0;
}

static int set_store_tags(struct call *call, struct str given, struct resource *ret)
{
        struct cloudtrail_event_data_store_record store = {};
        int found;

        if (!str_is_set(given))
                return 0;
        found = store_find(call, given, &store);
        /* ARNs of stores have their id: what is made of the name of one to be is no store's. */
        if (found == -ECALL && !str_starts(given, STR("arn:")))
                ret->noted = STR("");
        return set_tags(call, found, &store.tags, ret);
}

/* -- By the names of api/cloudtrail.api */

int cloudtrail_trail_resource(struct call *call, const struct str *args, struct resource *ret)
{
        ret->type = STR("AWS::CloudTrail::Trail");
        TRY(name_or_arn(call, "trail", args[0], ret));
        return set_trail_tags(call, args[0], ret);
}

int cloudtrail_eventdatastore_resource(struct call *call, const struct str *args, struct resource *ret)
{
        ret->type = STR("AWS::CloudTrail::EventDataStore");
        TRY(name_or_arn(call, "eventdatastore", args[0], ret));
        return set_store_tags(call, args[0], ret);
}

int cloudtrail_channel_resource(struct call *call, const struct str *args, struct resource *ret)
{
        ret->type = STR("AWS::CloudTrail::Channel");
        return name_or_arn(call, "channel", args[0], ret);
}

int cloudtrail_dashboard_resource(struct call *call, const struct str *args, struct resource *ret)
{
        ret->type = STR("AWS::CloudTrail::Dashboard");
        return name_or_arn(call, "dashboard", args[0], ret);
}

int cloudtrail_by_arn_resource(struct call *call, const struct str *args, struct resource *ret)
{
        TRY(name_or_arn(call, "trail", args[0], ret));
        return str_find(args[0], STR(":eventdatastore/")) >= 0 ? set_store_tags(call, args[0], ret)
                                                               : set_trail_tags(call, args[0], ret);
}

int cloudtrail_trail_or_eventdatastore_resource(struct call *call, const struct str *args,
                                                struct resource *ret)
{
        if (str_is_set(args[0]))
                return cloudtrail_trail_resource(call, args, ret);
        return cloudtrail_eventdatastore_resource(call, args + 1, ret);
}
