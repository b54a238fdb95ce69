/* Calls between services: in somebody's name, through every policy, each on record; and what KMS does for
 * others. */
#include "crypto/seal.h"
#include "server/invoke.h"
#include "services/kms/directory.h"
#include "server_fixture.h"

#include "../check.h" /* behind the others: cmocka has a fail() of its own */

#define ALLOW_KMS                                                                                            \
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"kms:*\","             \
        "\"Resource\":\"*\"}]}"
#define DENY_KMS                                                                                             \
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"kms:"                  \
        "GenerateDataKey\","                                                                                 \
        "\"Resource\":\"*\"}]}"

/* -- What is invoked */

struct use {
        struct str key, via;
        struct str clear, sealed; /* what came of it, in the fixture's arena */
        struct str request_id;
};

static int generate(struct call *call, void *arg)
{
        struct use *use = arg;
        const struct kms_generate_data_key_in in = {.key_id = use->key, .key_spec = STR("AES_256")};
        struct kms_generate_data_key_out out;

        TRY(kms_invoke(call, STR("GenerateDataKey"), &in, &out, use->via));
        use->clear = arena_dup(&fixture_arena, out.plaintext);
        use->sealed = arena_dup(&fixture_arena, out.ciphertext_blob);
        use->request_id = arena_dup(&fixture_arena, call->inner->request_id);
        return 0;
}

static int decrypt(struct call *call, void *arg)
{
        struct use *use = arg;
        const struct kms_decrypt_in in = {.ciphertext_blob = use->sealed};
        struct kms_decrypt_out out;

        TRY(kms_invoke(call, STR("Decrypt"), &in, &out, use->via));
        use->clear = arena_dup(&fixture_arena, out.plaintext);
        return 0;
}

static int generate_and_fail(struct call *call, void *arg)
{
        TRY(generate(call, arg));
        return -ECANCELED;
}

/* -- Keys */

struct asked_key {
        struct str alias, arn;
};

static int need_service_key(struct call *call, void *arg)
{
        struct asked_key *asked = arg;
        struct str arn;

        TRY(kms_service_key(call, asked->alias, &arn));
        asked->arn = arena_dup(&fixture_arena, arn);
        return 0;
}

static struct str service_key(const struct principal *principal)
{
        struct outer outer = {.principal = principal, .is_write = true};
        struct asked_key asked = {.alias = STR("alias/aws/s3")};

        assert_int_equal(run_outer(&outer, need_service_key, &asked), 0);
        return asked.arn;
}

struct new_key {
        struct str policy, arn;
};

static int create_key(struct call *call, void *arg)
{
        struct new_key *asked = arg;
        const struct kms_create_key_in in = {.policy = asked->policy,
                                             .bypass_policy_lockout_safety_check = OPT_BOOL(true)};
        struct kms_create_key_out out;

        TRY(kms_invoke(call, STR("CreateKey"), &in, &out, STR_NONE));
        asked->arn = arena_dup(&fixture_arena, out.key_metadata->arn);
        return 0;
}

/* A key of which this condition lets one person make data keys. */
static struct str new_key(const struct principal *root, const struct principal *user, const char *condition)
{
        struct outer outer = {.principal = root, .is_write = true};
        struct new_key asked = {
                .policy = arena_printf(&fixture_arena,
                                       "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                                       "\"Principal\":{\"AWS\":\"%.*s\"},\"Action\":\"kms:GenerateDataKey\","
                                       "\"Resource\":\"*\",\"Condition\":%s}]}",
                                       STR_ARG(user->arn), condition)};
        int r = run_outer(&outer, create_key, &asked);

        if (r < 0)
                fail_msg("%.*s: %.*s", STR_ARG(outer.error), STR_ARG(outer.message));
        return asked.arn;
}

static int try_generate(const struct principal *principal, struct str key, struct str via)
{
        struct outer outer = {.principal = principal};
        struct use use = {.key = key, .via = via};
        int r = run_outer(&outer, generate, &use);

        assert_true(r == 0 || r == -ECALL);
        if (r < 0)
                assert_str(outer.error, STR("AccessDeniedException"));
        return r;
}

/* -- Tests */

static void the_managed_key_is_for_its_service(void **state)
{
        const struct principal root = new_account(), other = new_account();
        const struct principal mighty = new_user(&root, "mighty", ALLOW_KMS);
        const struct principal plain = new_user(&root, "plain", NULL);
        const struct principal denied = new_user(&root, "denied", DENY_KMS);
        const struct principal stranger = new_user(&other, "stranger", ALLOW_KMS);
        const struct str key = service_key(&root);

        (void)state;
        assert_int_equal(try_generate(&mighty, key, STR_NONE), -ECALL);
        assert_int_equal(try_generate(&root, key, STR_NONE), -ECALL);
        assert_int_equal(try_generate(&mighty, key, VIA_S3), 0);
        assert_int_equal(try_generate(&plain, key, VIA_S3), 0);
        assert_int_equal(try_generate(&root, key, VIA_S3), 0);
        assert_int_equal(try_generate(&denied, key, VIA_S3), -ECALL);
        assert_int_equal(try_generate(&stranger, key, VIA_S3), -ECALL);
        assert_int_equal(try_generate(&mighty, key, STR("s3.eu-west-1.amazonaws.com")), -ECALL);
        assert_int_equal(try_generate(&mighty, key, STR("sqs.us-east-1.amazonaws.com")), -ECALL);
        assert_int_equal(try_generate(&mighty, key, STR("s3.amazonaws.com")), -ECALL);
}

static void what_is_sealed_opens(void **state)
{
        const struct principal root = new_account();
        const struct principal user = new_user(&root, "user", NULL);
        struct use use = {.key = service_key(&root), .via = VIA_S3};
        struct str clear;

        (void)state;
        for (int is_write = 0; is_write < 2; is_write++) {
                struct outer outer = {.principal = &user, .is_write = is_write};

                assert_int_equal(run_outer(&outer, generate, &use), 0);
                assert_int_equal(use.clear.len, 32);
                clear = use.clear;
                assert_int_equal(run_outer(&outer, decrypt, &use), 0);
                assert_str(use.clear, clear);
        }
}

static void policies_see_who_asks(void **state)
{
        static const struct {
                const char *condition;
                int directly, through_s3;
        } CASES[] = {
                {"{}", 0, 0},
                {"{\"StringEquals\":{\"kms:ViaService\":\"s3.us-east-1.amazonaws.com\"}}", -ECALL, 0},
                {"{\"StringEquals\":{\"kms:ViaService\":\"s3.eu-west-1.amazonaws.com\"}}", -ECALL, -ECALL},
                {"{\"StringLike\":{\"kms:ViaService\":[\"sqs.*.amazonaws.com\",\"s3.*.amazonaws.com\"]}}",
                 -ECALL, 0},
                {"{\"Null\":{\"kms:ViaService\":\"true\"}}", 0, -ECALL},
                {"{\"ForAnyValue:StringEquals\":{\"aws:CalledVia\":\"s3.amazonaws.com\"}}", -ECALL, 0},
                {"{\"ForAnyValue:StringEquals\":{\"aws:CalledVia\":\"s3.us-east-1.amazonaws.com\"}}", -ECALL,
                 -ECALL},
                {"{\"StringEquals\":{\"aws:CalledViaFirst\":\"s3.amazonaws.com\"}}", -ECALL, 0},
                {"{\"StringEquals\":{\"aws:CalledViaLast\":\"s3.amazonaws.com\"}}", -ECALL, 0},
                {"{\"Bool\":{\"aws:ViaAWSService\":\"true\"}}", -ECALL, 0},
                {"{\"Bool\":{\"aws:ViaAWSService\":\"false\"}}", 0, -ECALL},
                {"{\"IpAddress\":{\"aws:SourceIp\":\"192.0.2.0/24\"}}", 0, -ECALL},
                {"{\"Bool\":{\"aws:PrincipalIsAWSService\":\"false\"}}", 0, 0},
        };
        const struct principal root = new_account();
        const struct principal user = new_user(&root, "user", NULL);

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
                const struct str key = new_key(&root, &user, CASES[i].condition);

                if (try_generate(&user, key, STR_NONE) != CASES[i].directly ||
                    try_generate(&user, key, VIA_S3) != CASES[i].through_s3)
                        fail_msg("%s", CASES[i].condition);
        }
}

static void assert_event(json_t *event, const struct principal *principal, const struct outer *outer,
                         const char *error)
{
        assert_str(event_member(event, "eventSource"), STR("kms.amazonaws.com"));
        assert_str(event_member(event, "eventType"), STR("AwsApiCall"));
        assert_str(event_member(event, "userIdentity.arn"), principal->arn);
        assert_str(event_member(event, "userIdentity.type"), STR("IAMUser"));
        assert_str(event_member(event, "userIdentity.invokedBy"), STR("s3.amazonaws.com"));
        assert_str(event_member(event, "sourceIPAddress"), STR("s3.amazonaws.com"));
        assert_str(event_member(event, "userAgent"), STR("s3.amazonaws.com"));
        assert_str(event_member(event, "errorCode"), str_of(error));
        assert_int_equal(event_member(event, "requestID").len, 36);
        assert_false(str_eq(event_member(event, "requestID"), outer->request_id));
        assert_int_equal(event_member(event, "eventID").len, 36);
        assert_false(str_eq(event_member(event, "eventID"), event_member(event, "requestID")));
}

static void each_is_on_record_once(void **state)
{
        (void)state;
        for (int is_write = 0; is_write < 2; is_write++)
                for (int again = 0; again < 2; again++) {
                        const struct principal root = new_account();
                        const struct principal user = new_user(&root, "user", NULL);
                        struct outer outer = {
                                .principal = &user, .is_write = is_write, .begins_again = again};
                        struct use use = {.key = service_key(&root), .via = VIA_S3};
                        json_t *events;

                        assert_int_equal(run_outer(&outer, generate, &use), 0);
                        events = events_of(root.account, "GenerateDataKey");
                        if (is_write && again) { /* what was done twice in one transaction is there twice */
                                assert_int_equal(json_array_size(events), 2);
                        } else {
                                assert_int_equal(json_array_size(events), 1);
                                assert_str(event_member(json_array_get(events, 0), "requestID"),
                                           use.request_id);
                        }
                        assert_event(json_array_get(events, 0), &user, &outer, NULL);
                        json_decref(events);
                }
}

static void refusals_too(void **state)
{
        (void)state;
        for (int is_write = 0; is_write < 2; is_write++)
                for (int forgives = 0; forgives < 2; forgives++) {
                        const struct principal root = new_account();
                        const struct principal user = new_user(&root, "user", DENY_KMS);
                        struct outer outer = {.principal = &user, .is_write = is_write, .forgives = forgives};
                        struct use use = {.key = service_key(&root), .via = VIA_S3};
                        json_t *events, *event;

                        assert_int_equal(run_outer(&outer, generate, &use), forgives ? 0 : -ECALL);
                        assert_int_equal(outer.inner_result, -ECALL);
                        assert_str(outer.error, STR("AccessDeniedException"));
                        assert_true(str_find(outer.message, STR("explicit deny")) > 0);
                        events = events_of(root.account, "GenerateDataKey");
                        assert_int_equal(json_array_size(events), 1);
                        event = json_array_get(events, 0);
                        assert_event(event, &user, &outer, "AccessDeniedException");
                        assert_str(event_member(event, "errorMessage"), outer.message);
                        json_decref(events);
                }
}

static int generate_badly(struct call *call, void *arg)
{
        const struct kms_generate_data_key_in in = {.key_id = STR("")};
        struct kms_generate_data_key_out out;

        (void)arg;
        return kms_invoke(call, STR("GenerateDataKey"), &in, &out, VIA_S3);
}

static void what_is_invalid_is_refused(void **state)
{
        const struct principal root = new_account();
        struct outer outer = {.principal = &root};
        json_t *events;

        (void)state;
        assert_int_equal(run_outer(&outer, generate_badly, NULL), -ECALL);
        assert_str(outer.error, STR("ValidationException"));
        events = events_of(root.account, "GenerateDataKey");
        assert_int_equal(json_array_size(events), 1);
        assert_str(event_member(json_array_get(events, 0), "errorCode"), STR("ValidationException"));
        json_decref(events);
}

static int create_key_and_generate(struct call *call, void *arg)
{
        struct new_key key = {};

        TRY(create_key(call, &key));
        return generate_and_fail(call, arg);
}

/* The use of a key has happened, whatever came after it; the change has not. */
static void an_outer_call_that_fails(void **state)
{
        const struct principal root = new_account();
        struct outer outer = {.principal = &root, .is_write = true};
        struct use use = {.key = service_key(&root), .via = VIA_S3};
        json_t *events;

        (void)state;
        assert_int_equal(run_outer(&outer, create_key_and_generate, &use), -ECANCELED);
        events = events_of(root.account, "CreateKey");
        assert_int_equal(json_array_size(events), 0);
        json_decref(events);
        events = events_of(root.account, "GenerateDataKey");
        assert_int_equal(json_array_size(events), 1);
        assert_str(event_member(json_array_get(events, 0), "requestID"), use.request_id);
        json_decref(events);
}

static int use_three_times(struct call *call, void *arg)
{
        struct use *use = arg;
        struct use other = {.key = STR("alias/nothing"), .via = VIA_S3};

        TRY(generate(call, use));
        assert_int_equal(generate(call, &other), -ECALL);
        return decrypt(call, use);
}

static void in_the_order_in_which_they_were_made(void **state)
{
        (void)state;
        for (int is_write = 0; is_write < 2; is_write++) {
                const struct principal root = new_account();
                struct outer outer = {.principal = &root, .is_write = is_write};
                struct use use = {.key = service_key(&root), .via = VIA_S3};
                json_t *events;

                assert_int_equal(run_outer(&outer, use_three_times, &use), 0);
                events = events_of(root.account, "GenerateDataKey");
                assert_int_equal(json_array_size(events), 2);
                json_decref(events);
                events = events_of(root.account, "Decrypt");
                assert_int_equal(json_array_size(events), 1);
                json_decref(events);
        }
}

/* -- Inner calls of inner calls: an operation that is not there either */

static int generate_within(struct call *call, const void *in, void *out)
{
        const struct kms_generate_data_key_in *asked = in;

        return kms_invoke(call, STR("GenerateDataKey"), asked, out, VIA_S3);
}

static int generate_further_within(struct call *call, void *arg)
{
        const struct use *use = arg;
        struct api_operation operation = {
                .service = &kms_service,
                .name = STR("Between"),
                .event_name = STR("Between"),
                .input = wire_find_operation(&kms_service, STR("GenerateDataKey"))->input,
                .output = wire_find_operation(&kms_service, STR("GenerateDataKey"))->output,
                .handler = (void (*)(void))generate_within,
                .needs_no_permission = true,
        };
        const struct kms_generate_data_key_in in = {.key_id = use->key, .key_spec = STR("AES_128")};
        struct kms_generate_data_key_out out;

        TRY(call->invoke(call, &operation, &in, &out, STR("sqs.us-east-1.amazonaws.com")));
        assert_int_equal(out.plaintext.len, 16);
        return 0;
}

static void from_one_to_the_next(void **state)
{
        const struct principal root = new_account();
        const struct str key = service_key(&root);

        (void)state;
        for (int is_write = 0; is_write < 2; is_write++) {
                struct outer outer = {.principal = &root, .is_write = is_write};
                struct use use = {.key = key};
                json_t *events;

                assert_int_equal(run_outer(&outer, generate_further_within, &use), 0);
                events = events_of(root.account, "GenerateDataKey");
                assert_int_equal(json_array_size(events), is_write + 1);
                json_decref(events);
                events = events_of(root.account, "Between");
                assert_int_equal(json_array_size(events), is_write + 1);
                assert_str(event_member(json_array_get(events, 0), "sourceIPAddress"),
                           STR("sqs.amazonaws.com"));
                json_decref(events);
        }
}

/* -- Reads and writes */

static void a_read_changes_nothing(void **state)
{
        const struct principal root = new_account();
        struct outer outer = {.principal = &root};
        struct new_key asked = {};
        json_t *events;

        (void)state;
        assert_int_equal(run_outer(&outer, create_key, &asked), -EPERM);
        assert_int_equal(outer.wish, CALL_WISH_NONE);
        events = events_of(root.account, "CreateKey");
        assert_int_equal(json_array_size(events), 0);
        json_decref(events);
        outer.is_write = true;
        assert_int_equal(run_outer(&outer, create_key, &asked), 0);
        events = events_of(root.account, "CreateKey");
        assert_int_equal(json_array_size(events), 1);
        assert_str(event_member(json_array_get(events, 0), "userIdentity.invokedBy"), STR_NONE);
        assert_str(event_member(json_array_get(events, 0), "sourceIPAddress"), STR("192.0.2.7"));
        json_decref(events);
}

static int describe_managed(struct call *call, void *arg)
{
        const struct kms_describe_key_in in = {.key_id = STR("alias/aws/sqs")};
        struct kms_describe_key_out out;

        TRY(kms_invoke(call, STR("DescribeKey"), &in, &out, STR_NONE));
        *(struct str *)arg = arena_dup(&fixture_arena, out.key_metadata->arn);
        return 0;
}

static int make_pair(struct call *call, void *arg)
{
        const struct kms_generate_data_key_pair_in in = {.key_id = *(const struct str *)arg,
                                                         .key_pair_spec = STR("ECC_NIST_P256")};
        struct kms_generate_data_key_pair_out out;

        return kms_invoke(call, STR("GenerateDataKeyPair"), &in, &out, VIA_S3);
}

/* What the inner call wants, the outer one has to want; and nothing has happened until it has it. */
static void wishes_are_passed_on(void **state)
{
        const struct principal root = new_account();
        struct str key = service_key(&root), arn = STR_NONE;
        struct outer outer = {.principal = &root};
        json_t *events;

        (void)state;
        assert_int_equal(run_outer(&outer, describe_managed, &arn), -EAGAIN);
        assert_int_equal(outer.wish, CALL_WISH_WRITE);
        assert_int_equal(run_outer(&outer, make_pair, &key), -EAGAIN);
        assert_int_equal(outer.wish, CALL_WISH_WORKER);
        events = events_of(root.account, "DescribeKey");
        assert_int_equal(json_array_size(events), 0);
        json_decref(events);
        events = events_of(root.account, "GenerateDataKeyPair");
        assert_int_equal(json_array_size(events), 0);
        json_decref(events);
        outer = (struct outer){.principal = &root, .may_take_time = true};
        assert_int_equal(run_outer(&outer, make_pair, &key), 0);
        outer = (struct outer){.principal = &root, .is_write = true};
        assert_int_equal(run_outer(&outer, make_pair, &key), 0);
        assert_int_equal(run_outer(&outer, describe_managed, &arn), 0);
        assert_true(str_is_set(arn));
        events = events_of(root.account, "GenerateDataKeyPair");
        assert_int_equal(json_array_size(events), 2);
        json_decref(events);
}

/* -- Managed keys */

static void managed_keys_are_made_once(void **state)
{
        const struct principal root = new_account(), other = new_account();
        struct outer reading = {.principal = &root}, writing = {.principal = &root, .is_write = true};
        struct asked_key asked = {.alias = STR("alias/aws/s3")};
        struct str first;

        (void)state;
        assert_int_equal(run_outer(&reading, need_service_key, &asked), -EAGAIN);
        assert_int_equal(reading.wish, CALL_WISH_WRITE);
        assert_int_equal(run_outer(&writing, need_service_key, &asked), 0);
        first = asked.arn;
        assert_true(str_starts(first, arena_printf(&fixture_arena, "arn:aws:kms:us-east-1:%.*s:key/",
                                                   STR_ARG(root.account))));
        assert_int_equal(run_outer(&reading, need_service_key, &asked), 0);
        assert_str(asked.arn, first);
        assert_int_equal(run_outer(&writing, need_service_key, &asked), 0);
        assert_str(asked.arn, first);
        writing.region = reading.region = STR("eu-west-1");
        assert_int_equal(run_outer(&reading, need_service_key, &asked), -EAGAIN);
        assert_int_equal(run_outer(&writing, need_service_key, &asked), 0);
        assert_false(str_eq(asked.arn, first));
        writing = (struct outer){.principal = &other, .is_write = true};
        assert_int_equal(run_outer(&writing, need_service_key, &asked), 0);
        assert_false(str_eq(asked.arn, first));
}

static void there_is_no_such_managed_key(void **state)
{
        static const struct str ALIASES[] = {STR_INIT("alias/aws/nothing"), STR_INIT("alias/aws/"),
                                             STR_INIT("alias/mine"), STR_INIT("")};
        const struct principal root = new_account();

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ALIASES); i++)
                for (int is_write = 0; is_write < 2; is_write++) {
                        struct outer outer = {.principal = &root, .is_write = is_write};
                        struct asked_key asked = {.alias = ALIASES[i]};

                        assert_int_equal(run_outer(&outer, need_service_key, &asked), -EINVAL);
                        assert_int_equal(outer.wish, CALL_WISH_NONE);
                }
}

/* -- AWS owned keys */

struct owned {
        struct str service, bound, sealed, clear;
};

static int owned_seal(struct call *call, void *arg)
{
        struct owned *owned = arg;
        struct str sealed;

        TRY(kms_owned_seal(call, owned->service, owned->bound, STR("an object"), &sealed));
        owned->sealed = arena_dup(&fixture_arena, sealed);
        return 0;
}

static int owned_open(struct call *call, void *arg)
{
        _cleanup_(secret_done) struct secret clear = {};
        struct owned *owned = arg;

        TRY(kms_owned_open(call, owned->service, owned->bound, owned->sealed, &clear));
        owned->clear = arena_dup(&fixture_arena, secret_str(&clear));
        return 0;
}

static void owned_keys_are_of_services(void **state)
{
        const struct principal root = new_account(), other = new_account();
        struct outer reading = {.principal = &root}, writing = {.principal = &root, .is_write = true};
        struct owned owned = {.service = STR("unit-s3"), .bound = STR("bucket/key")}, wrong;

        (void)state;
        /* Where nothing was sealed nothing opens, and no key is made for that. */
        owned.sealed = STR("0123456789012345678901234567890123456789012345678901234567890");
        assert_int_equal(run_outer(&reading, owned_open, &owned), -EBADMSG);
        assert_int_equal(reading.wish, CALL_WISH_NONE);
        assert_int_equal(run_outer(&writing, owned_open, &owned), -EBADMSG);
        assert_int_equal(run_outer(&reading, owned_seal, &owned), -EAGAIN);
        assert_int_equal(reading.wish, CALL_WISH_WRITE);
        assert_int_equal(run_outer(&writing, owned_seal, &owned), 0);
        assert_int_equal(owned.sealed.len, strlen("an object") + SEAL_OVERHEAD);
        assert_int_equal(run_outer(&reading, owned_open, &owned), 0);
        assert_str(owned.clear, STR("an object"));
        assert_int_equal(run_outer(&reading, owned_seal, &owned), 0); /* now that there is one */
        /* They are of no account. */
        reading.principal = &other;
        assert_int_equal(run_outer(&reading, owned_open, &owned), 0);
        wrong = owned;
        wrong.bound = STR("bucket/other");
        assert_int_equal(run_outer(&reading, owned_open, &wrong), -EBADMSG);
        wrong = owned;
        wrong.service = STR("unit-sqs");
        assert_int_equal(run_outer(&reading, owned_open, &wrong), -EBADMSG);
        assert_int_equal(run_outer(&writing, owned_seal, &wrong), 0);
        wrong.sealed = owned.sealed;
        assert_int_equal(run_outer(&reading, owned_open, &wrong), -EBADMSG);
        for (size_t cut = 0; cut < owned.sealed.len; cut++) {
                wrong = owned;
                wrong.sealed = str_part(owned.sealed, 0, cut);
                assert_int_equal(run_outer(&reading, owned_open, &wrong), -EBADMSG);
        }
        reading.region = STR("eu-west-1");
        assert_int_equal(run_outer(&reading, owned_open, &owned), -EBADMSG);
}

static int look_at_usage(struct call *call, void *arg)
{
        const struct use *use = arg;
        const struct kms_get_key_last_usage_in in = {.key_id = use->key};
        struct kms_get_key_last_usage_out out;

        TRY(kms_invoke(call, STR("GetKeyLastUsage"), &in, &out, STR_NONE));
        assert_non_null(out.key_last_usage);
        assert_str(out.key_last_usage->operation, STR("GenerateDataKey"));
        assert_str(out.key_last_usage->kms_request_id, use->request_id);
        return 0;
}

static void what_services_note_is_noted(void **state)
{
        (void)state;
        for (int is_write = 0; is_write < 2; is_write++) {
                const struct principal root = new_account();
                struct outer outer = {.principal = &root, .is_write = is_write};
                struct use use = {.key = service_key(&root), .via = VIA_S3};

                assert_int_equal(run_outer(&outer, generate, &use), 0);
                json_decref(events_of(root.account, "GenerateDataKey")); /* the recorder has written */
                assert_int_equal(run_outer(&outer, look_at_usage, &use), 0);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_managed_key_is_for_its_service),
                cmocka_unit_test(what_is_sealed_opens),
                cmocka_unit_test(policies_see_who_asks),
                cmocka_unit_test(each_is_on_record_once),
                cmocka_unit_test(refusals_too),
                cmocka_unit_test(what_is_invalid_is_refused),
                cmocka_unit_test(an_outer_call_that_fails),
                cmocka_unit_test(in_the_order_in_which_they_were_made),
                cmocka_unit_test(from_one_to_the_next),
                cmocka_unit_test(a_read_changes_nothing),
                cmocka_unit_test(wishes_are_passed_on),
                cmocka_unit_test(managed_keys_are_made_once),
                cmocka_unit_test(there_is_no_such_managed_key),
                cmocka_unit_test(owned_keys_are_of_services),
                cmocka_unit_test(what_services_note_is_noted),
        };

        return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
