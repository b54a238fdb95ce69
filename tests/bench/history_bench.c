/* The event history at its full size: what it keeps of an event beside the event's text, and what a page of
 * LookupEvents costs in it beside the same page in a short one. Events are kept by the history's own
 * subscriber, and looked up by the operation itself, in a store on the disk; only the server around them is
 * left out.
 *
 *     history_bench [FOLDER [EVENTS]]      where to write; the present one unless given */
#include <sys/stat.h>
#include <unistd.h>

#include "api/cloudtrail.h"
#include "services/call.h"
#include "services/cloudtrail/history.h"

#define FEW       20000
#define MANY      1000000
#define BATCH     5000
#define LOOK_UPS  40
#define RARE_EACH 50000 /* of which one has the name that is looked up */
#define ACCOUNT   STR("123456789012")
#define REGION    STR("us-east-1")

static const char *folder = ".";

static void check(const char *what, int r)
{
        if (r >= 0)
                return;
        (void)fprintf(stderr, "history_bench: %s: %s\n", what, strerror(-r));
        exit(1);
}

/* -- Events: calls of people and of roles' sessions, some refused */

struct maker {
        uint64_t random;
        uint64_t count, most;
        int64_t begin_ms, end_ms;
        uint64_t json_bytes;
        char id[40], request[40], name[24], user[24], key[24], arn[160], json[4096];
        char some_id[40], some_arn[160]; /* of the event in the middle */
};

static uint64_t draw(struct maker *maker, uint64_t below)
{
        maker->random = maker->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (maker->random >> 33) % below;
}

static void draw_id(struct maker *maker, char id[40])
{
        (void)snprintf(id, 40, "%08llx-%04llx-4%03llx-8%03llx-%08llx%04llx",
                       (unsigned long long)draw(maker, UINT32_MAX), (unsigned long long)draw(maker, 65536),
                       (unsigned long long)draw(maker, 4096), (unsigned long long)draw(maker, 4096),
                       (unsigned long long)draw(maker, UINT32_MAX), (unsigned long long)draw(maker, 65536));
}

struct kind {
        const char *name, *source, *type;
        const char *arn; /* with a number */
        const char *asked, *answered;
        bool is_read_only;
};

static const struct kind KINDS[] = {
        {"GetCallerIdentity", "sts.amazonaws.com", NULL, "", "null", "null", true},
        {"Encrypt", "kms.amazonaws.com", "AWS::KMS::Key",
         "arn:aws:kms:us-east-1:123456789012:key/8d09eebf-2d3c-4f14-9bc1-%012llx",
         "{\"keyId\":\"alias/app\",\"encryptionContext\":{\"file\":\"f-17\"}}", "null", true},
        {"CreateUser", "iam.amazonaws.com", "AWS::IAM::User", "arn:aws:iam::123456789012:user/new-%llx",
         "{\"userName\":\"new\",\"tags\":[{\"key\":\"team\",\"value\":\"a\"}]}",
         "{\"user\":{\"path\":\"/\",\"userName\":\"new\",\"userId\":\"AIDAZ7H25ZMYV2POWCW46\",\"createDate\":"
         "\"Nov 26, 2026 12:47:31 AM\"}}",
         false},
        {"ListBuckets", "s3.amazonaws.com", NULL, "", "{\"Host\":\"127.0.0.1\"}", "null", true},
        {"GetBucketPolicy", "s3.amazonaws.com", "AWS::S3::Bucket", "arn:aws:s3:::bucket-%llx",
         "{\"bucketName\":\"bucket\",\"policy\":\"\",\"Host\":\"127.0.0.1\"}", "null", true},
        {"AssumeRole", "sts.amazonaws.com", "AWS::IAM::Role", "arn:aws:iam::123456789012:role/deploy-%llx",
         "{\"roleArn\":\"arn:aws:iam::123456789012:role/deploy\",\"roleSessionName\":\"ci-0\"}",
         "{\"credentials\":{\"accessKeyId\":\"ASIASPIRVYLJDJM3GAUW\",\"secretAccessKey\":"
         "\"HIDDEN_DUE_TO_SECURITY_REASONS\",\"sessionToken\":\"HIDDEN_DUE_TO_SECURITY_REASONS\"}}",
         true},
        {"PutUserPolicy", "iam.amazonaws.com", "AWS::IAM::User", "arn:aws:iam::123456789012:user/worker-%llx",
         "{\"userName\":\"worker\",\"policyName\":\"p0\",\"policyDocument\":\"{\\\"Version\\\":\\\"2012-10-"
         "17\\\","
         "\\\"Statement\\\":[{\\\"Effect\\\":\\\"Allow\\\",\\\"Action\\\":\\\"s3:Get*\\\",\\\"Resource\\\":"
         "\\\"*\\\"}]}\"}",
         "null", false},
};

static int write_json(struct maker *maker, const struct kind *kind, int64_t time_ms)
{
        char when[TIME_ISO_LEN];
        unsigned int user = (unsigned int)draw(maker, 12);

        time_iso_write(when, time_ms);
        (void)snprintf(maker->user, sizeof(maker->user), "worker-%u", user);
        (void)snprintf(maker->key, sizeof(maker->key), "AKIASPIRVYLJBO2BI%03u", user * 3);
        return snprintf(
                maker->json, sizeof(maker->json),
                "{\"eventVersion\":\"1.11\",\"userIdentity\":{\"type\":\"IAMUser\",\"principalId\":"
                "\"AIDAZ7H25ZMYV2POWC%03u\",\"arn\":\"arn:aws:iam::123456789012:user/%s\",\"accountId\":"
                "\"123456789012\",\"accessKeyId\":\"%s\",\"userName\":\"%s\"},\"eventTime\":\"%.*s\","
                "\"eventSource\":\"%s\",\"eventName\":\"%s\",\"awsRegion\":\"us-east-1\",\"sourceIPAddress\":"
                "\"10.1.%u.%u\",\"userAgent\":\"Boto3/1.26.27 Python/3.11.2 Linux/6.1 "
                "Botocore/1.29.27\",\"requestParameters\":%s,\"responseElements\":%s,\"resources\":[{\"ARN\":"
                "\"%s\",\"accountId\":\"123456789012\",\"type\":\"%s\"}],\"requestID\":\"%s\",\"eventID\":"
                "\"%s\",\"readOnly\":%s,\"eventType\":\"AwsApiCall\",\"managementEvent\":true,"
                "\"recipientAccountId\":\"123456789012\",\"eventCategory\":\"Management\"}",
                user, maker->user, maker->key, maker->user, TIME_ISO_LEN, when, kind->source, maker->name,
                (unsigned int)draw(maker, 4), (unsigned int)draw(maker, 200), kind->asked, kind->answered,
                maker->arn, kind->type ? kind->type : "", maker->request, maker->id,
                kind->is_read_only ? "true" : "false");
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void write_arn(struct maker *maker, const struct kind *kind)
{
        (void)snprintf(maker->arn, sizeof(maker->arn), kind->arn, (unsigned long long)draw(maker, 5000));
}
#pragma GCC diagnostic pop

static void make(struct maker *maker, struct event *ret)
{
        const struct kind *kind = &KINDS[draw(maker, ARRAY_LEN(KINDS))];
        double part = (double)maker->count / (double)maker->most;
        int64_t time_ms = maker->begin_ms + (int64_t)(part * (double)(maker->end_ms - maker->begin_ms));
        bool is_rare = maker->count % RARE_EACH == 7;
        int len;

        (void)snprintf(maker->name, sizeof(maker->name), "%s", is_rare ? "DeleteTrail" : kind->name);
        draw_id(maker, maker->id);
        draw_id(maker, maker->request);
        write_arn(maker, kind);
        len = write_json(maker, kind, time_ms);
        maker->json_bytes += (uint64_t)len;
        if (++maker->count == maker->most / 2) {
                memcpy(maker->some_id, maker->id, sizeof(maker->id));
                memcpy(maker->some_arn, maker->arn, sizeof(maker->arn));
        }
        *ret = (struct event){
                .number = maker->count,
                .time_ms = time_ms,
                .id = str_of(maker->id),
                .account = ACCOUNT,
                .region = REGION,
                .name = str_of(maker->name),
                .source = str_of(kind->source),
                .username = str_of(maker->user),
                .access_key_id = str_of(maker->key),
                .is_read_only = kind->is_read_only,
                .resources = {{str_of(maker->arn), str_of(kind->type)}},
                .resource_count = kind->type ? 1 : 0,
                .json = str_make(maker->json, (size_t)len),
        };
}

/* -- A store full of them */

struct history {
        struct host host;
        struct maker maker;
        char path[600];
        double bytes; /* of an event */
};

static int keep_batch(struct txn *txn, void *arg)
{
        struct maker *maker = arg;
        _cleanup_(arena_done) struct arena arena = {};

        arena_init(&arena, (size_t)16 << 20);
        for (size_t i = 0; i < BATCH && maker->count < maker->most; i++) {
                struct event event;

                arena_reset(&arena);
                make(maker, &event);
                TRY(cloudtrail_history.handle(NULL, txn, &arena, &event));
        }
        return 0;
}

static void fill(struct history *history, struct clock *clock, struct keyring *keyring, uint64_t count)
{
        struct store_options options = {
                .engine = STORE_LMDB,
                .folder = history->path,
                .max_bytes = ((size_t)1 << 28) + count * 1024,
                .unsafe_no_sync = true,
        };
        char problem[STORE_PROBLEM_MAX] = "";
        struct store_stats stats;

        (void)snprintf(history->path, sizeof(history->path), "%s/history-%llu-%d", folder,
                       (unsigned long long)count, (int)getpid());
        check(history->path, mkdir(history->path, 0700) < 0 ? -errno : 0);
        check(problem, store_open(&options, &history->host.store, problem));
        history->host.clock = clock;
        history->host.keyring = keyring;
        history->maker = (struct maker){.random = count,
                                        .most = count,
                                        .end_ms = clock_now_ms(clock),
                                        .begin_ms = clock_now_ms(clock) - 89 * MS_PER_DAY};
        while (history->maker.count < count)
                check("keep", store_write(history->host.store, keep_batch, &history->maker));
        store_get_stats(history->host.store, &stats);
        history->bytes = (double)stats.bytes_used / (double)count;
}

static void empty(struct history *history)
{
        char path[700];
        static const char *const FILES[] = {"store.mdb", "store.mdb-lock", "store.lock"};

        store_close(history->host.store);
        for (size_t i = 0; i < ARRAY_LEN(FILES); i++) {
                (void)snprintf(path, sizeof(path), "%s/%s", history->path, FILES[i]);
                (void)unlink(path);
        }
        (void)rmdir(history->path);
}

/* -- Looking up */

static size_t look_up(struct history *history, const char *key, const char *value, struct str *token,
                      struct arena *kept)
{
        struct cloudtrail_lookup_attribute attribute = {.attribute_key = str_of(key),
                                                        .attribute_value = str_of(value)};
        struct cloudtrail_lookup_events_in in = {.next_token = *token};
        struct cloudtrail_lookup_events_out out = {};
        struct call call;
        size_t count;

        if (key)
                in.lookup_attributes = (struct cloudtrail_lookup_attribute_list){&attribute, 1, true};
        call_init(&call, &history->host, (size_t)32 << 20);
        check("snapshot", store_read_begin(history->host.store, &call.txn));
        call.account = ACCOUNT;
        call.region = REGION;
        call.now_ms = clock_now_ms(history->host.clock);
        check("look-up", cloudtrail_lookup_events(&call, &in, &out));
        *token = arena_dup(kept, out.next_token);
        count = out.events.count;
        store_read_end(call.txn);
        call_done(&call);
        return count;
}

/* Of a page, mean over those that follow each other, again and again from the first. */
static double page_ms(struct history *history, const char *key, const char *value, size_t least)
{
        _cleanup_(arena_done) struct arena kept = {};
        struct str token = STR_NONE;
        int64_t start;

        arena_init(&kept, (size_t)1 << 20);
        check("nothing was found", look_up(history, key, value, &token, &kept) >= least ? 0 : -ENOENT);
        start = clock_monotonic_ns();
        for (size_t i = 0; i < LOOK_UPS; i++)
                (void)look_up(history, key, value, &token, &kept);
        return (double)(clock_monotonic_ns() - start) / 1e6 / LOOK_UPS;
}

static void compare(struct history *many, struct history *few, const char *key, const char *value,
                    const char *value_in_few, size_t least)
{
        double slow = page_ms(many, key, value, least), quick = page_ms(few, key, value_in_few, least);
        char name[80];

        (void)snprintf(name, sizeof(name), "LookupEvents, %s", key ? key : "all");
        (void)printf("%-34s %8.2f  of the same among %d events (%.2f ms against %.2f ms)\n", name,
                     slow / quick, FEW, slow, quick);
}

int main(int argc, char **argv)
{
        uint64_t count = MANY;
        struct history *many = calloc(1, sizeof(*many)), *few = calloc(1, sizeof(*few));
        struct clock *clock = calloc(1, sizeof(*clock));
        struct keyring *keyring;

        folder = argc > 1 ? argv[1] : folder;
        if (argc > 2)
                check(argv[2], str_to_u64(str_of(argv[2]), &count));
        check("memory", many && few && clock ? 0 : -ENOMEM);
        check("keyring", keyring_ephemeral(&keyring));
        fill(few, clock, keyring, FEW);
        fill(many, clock, keyring, count);
        (void)printf("%-34s %8.2f  of its text (%.0f bytes of %.0f; %llu events)\n",
                     "history, bytes an event", many->bytes * (double)count / (double)many->maker.json_bytes,
                     many->bytes, (double)many->maker.json_bytes / (double)count, (unsigned long long)count);
        compare(many, few, "EventName", "DeleteTrail", "DeleteTrail", 1);
        compare(many, few, "EventName", "CreateUser", "CreateUser", 50);
        compare(many, few, "EventId", many->maker.some_id, few->maker.some_id, 1);
        compare(many, few, "ResourceName", many->maker.some_arn, few->maker.some_arn, 1);
        compare(many, few, "ResourceType", "AWS::IAM::Role", "AWS::IAM::Role", 50);
        compare(many, few, "Username", "worker-3", "worker-3", 50);
        compare(many, few, "AccessKeyId", "AKIASPIRVYLJBO2BI009", "AKIASPIRVYLJBO2BI009", 50);
        compare(many, few, "EventSource", "kms.amazonaws.com", "kms.amazonaws.com", 50);
        compare(many, few, "ReadOnly", "false", "false", 50);
        compare(many, few, NULL, NULL, NULL, 50);
        empty(many);
        empty(few);
        keyring_free(keyring);
        free(many);
        free(few);
        free(clock);
        return 0;
}
