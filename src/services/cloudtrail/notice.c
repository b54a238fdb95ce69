/* Notices to a topic of SNS: of each log file, and one that finds out whether the topic takes them.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/configure-sns-notifications-for-cloudtrail.html
 */
#include "services/cloudtrail/notice.h"

#include "base/json_out.h"
#include "services/sns/directory.h"

#define NAME_MAX_LEN 256
#define MESSAGE_MAX  ((size_t)8 * 1024)
#define PARTS        6

struct str trail_topic_arn(struct call *call, const struct cloudtrail_trail_record *trail)
{
        if (!str_is_set(trail->topic) || str_starts(trail->topic, STR("arn:")))
                return trail->topic;
        return arena_printf(&call->arena, "arn:%.*s:sns:%.*s:%.*s:%.*s", STR_ARG(call->host->partition),
                            STR_ARG(trail->region), STR_ARG(trail->account), STR_ARG(trail->topic));
}

/* The region of "arn:aws:sns:us-east-1:111122223333:name"; absent: it is something else. */
static struct str region_of(struct str arn)
{
        struct str part[PARTS] = {};

        for (size_t i = 0; i + 1 < PARTS; i++)
                if (!str_cut(&arn, ':', &part[i]))
                        return STR_NONE;
        return str_eq(part[2], STR("sns")) && arn.len > 0 && !str_has_byte(arn, ':') ? part[3] : STR_NONE;
}

/* Where the topic is, which may be another region than the file's. */
static int publish(struct call *call, const struct trail_target *target, struct str message)
{
        const struct sns_notice notice = {
                .service = TRAIL_SERVICE,
                .source_arn = trail_arn_of(call, target->home, target->account, target->name),
                .source_account = target->account,
                .topic = target->topic,
                .message = message,
        };
        struct str region = call->region;
        int r;

        call->region = region_of(target->topic);
        r = sns_notify(call, &notice);
        call->region = region;
        return r;
}

/* -- A file */

static int write(struct call *call, const struct trail_target *target, struct str key, struct str *ret)
{
        _cleanup_(buf_done) struct buf json = {};
        struct json_out out = {.buf = &json};

        buf_init(&json, MESSAGE_MAX);
        json_open(&out, '{');
        json_pair(&out, STR("s3Bucket"), target->bucket);
        json_key(&out, STR("s3ObjectKey"));
        json_open(&out, '[');
        json_str(&out, key);
        json_close(&out, ']');
        json_close(&out, '}');
        TRY(buf_check(&json));
        *ret = arena_dup(&call->arena, buf_str(&json));
        return 0;
}

/* "If there's an authorization failure, the command output includes the LastNotificationError field with a
 * value of AuthorizationError". */
static struct str error_of(struct call *call)
{
        return str_starts(call->error->code, STR("Auth")) ||
                               str_starts(call->error->code, STR("AccessDenied"))
                       ? STR("AuthorizationError")
                       : arena_dup(&call->arena, call->error->code);
}

int notice_of_file(struct call *call, const struct trail_target *target, struct str key,
                   struct cloudtrail_stream_record *stream)
{
        struct str message;
        int r;

        if (!str_is_set(target->topic))
                return 0;
        TRY(write(call, target, key, &message));
        r = publish(call, target, message);
        if (r < 0 && r != -ECALL)
                return r;
        stream->notice_tried = OPT_INT(call->now_ms);
        stream->notice_failed = STR_NONE;
        if (r == 0) {
                stream->noticed = stream->notice_tried;
                return 0;
        }
        stream->notice_failed = error_of(call);
        call_forgive(call);
        return 0;
}

/* -- The topic of a trail that is made or changed */

int notice_check(struct call *call, const struct cloudtrail_trail_record *trail)
{
        struct trail_target target = trail_target_of(trail);
        int r;

        if (!str_is_set(trail->topic))
                return 0;
        target.topic = trail_topic_arn(call, trail);
        if (trail->topic.len > NAME_MAX_LEN || !str_is_set(region_of(target.topic)))
                return fail(call, &cloudtrail_invalid_sns_topic_name_exception,
                            "The SNS topic name is not valid: %.*s",
                            STR_ARG(str_part(trail->topic, 0, NAME_MAX_LEN)));
        r = publish(call, &target, STR("CloudTrail validation message."));
        if (r != -ECALL)
                return r;
        call_forgive(call);
        return fail(call, &cloudtrail_insufficient_sns_topic_policy_exception,
                    "SNS Topic does not exist or the topic policy is incorrect!");
}
