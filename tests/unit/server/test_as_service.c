/* Calls that services make in their own name: on behalf of an account, through the whole pipeline. */
#include "server/as_service.h"
#include "services/kms/directory.h"
#include "server_fixture.h"

#include <semaphore.h>

#include "../check.h" /* behind the others: cmocka has a fail() of its own */

struct answer {
        sem_t is_there;
        unsigned int status;
        struct str body; /* in the fixture's arena */
};

static void take(void *arg, const struct http_response *response)
{
        struct answer *answer = arg;

        answer->status = response->status;
        answer->body = arena_dup(&fixture_arena, response->body);
        (void)sem_post(&answer->is_there);
}

struct asking {
        struct str account, arn; /* on whose behalf, as it is said */
        const char *operation;   /* "CreateGrant" */
        struct str body;
};

static struct answer ask(const struct asking *asking)
{
        struct answer answer = {};
        const struct as_service as_service = {
                .principal = STR("dynamodb.amazonaws.com"),
                .region = REGION,
                .source_arn = asking->arn,
                .source_account = asking->account,
                .answer = take,
                .arg = &answer,
        };
        const struct http_header headers[] = {
                {STR("X-Amz-Target"), arena_printf(&fixture_arena, "TrentService.%s", asking->operation)},
                {STR("User-Agent"), as_service.principal},
        };
        const struct http_request request = {
                .method = STR("POST"),
                .path = STR("/"),
                .version = STR("HTTP/1.1"),
                .headers = headers,
                .header_count = ARRAY_LEN(headers),
                .source_ip = as_service.principal,
                .body = asking->body,
        };

        (void)sem_init(&answer.is_there, 0, 0);
        assert_int_equal(as_service_call(&the_server, &as_service, &request), 0);
        while (sem_wait(&answer.is_there) < 0)
                ;
        (void)sem_destroy(&answer.is_there);
        return answer;
}

static void assert_one_event(const struct principal *root, const char *name)
{
        json_t *events = events_of(root->account, name), *event = json_array_get(events, 0);

        assert_int_equal(json_array_size(events), 1);
        assert_str(event_member(event, "userIdentity.type"), STR("AWSService"));
        assert_str(event_member(event, "userIdentity.invokedBy"), STR("dynamodb.amazonaws.com"));
        assert_str(event_member(event, "recipientAccountId"), root->account);
        assert_str(event_member(event, "errorCode"), STR_NONE);
        json_decref(events);
}

struct new_key {
        struct str account, id;
};

/* A key that lets the service do everything, for its own account alone. */
static int create_key(struct call *call, void *arg)
{
        struct new_key *asked = arg;
        const struct kms_create_key_in in = {
                .policy = arena_printf(
                        &fixture_arena,
                        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                        "\"Principal\":{\"Service\":\"dynamodb.amazonaws.com\"},"
                        "\"Action\":\"kms:*\",\"Resource\":\"*\",\"Condition\":{\"StringEquals\":"
                        "{\"aws:SourceAccount\":\"%.*s\"}}}]}",
                        STR_ARG(call->account)),
                .bypass_policy_lockout_safety_check = OPT_BOOL(true),
        };
        struct kms_create_key_out out;

        TRY(kms_invoke(call, STR("CreateKey"), &in, &out, STR_NONE));
        asked->id = arena_dup(&fixture_arena, out.key_metadata->key_id);
        return 0;
}

static struct str new_key(const struct principal *root)
{
        struct outer outer = {.principal = root, .is_write = true};
        struct new_key asked = {};

        assert_int_equal(run_outer(&outer, create_key, &asked), 0);
        return asked.id;
}

static void writes_are_of_the_account_that_is_meant(void **state)
{
        const struct principal root = new_account(), other = new_account();
        const struct str key = new_key(&root);
        struct asking asking = {
                .account = root.account,
                .operation = "CreateGrant",
                .body = arena_printf(
                        &fixture_arena,
                        "{\"KeyId\":\"%.*s\",\"GranteePrincipal\":\"%.*s\",\"Operations\":[\"Decrypt\"]}",
                        STR_ARG(key), STR_ARG(root.arn)),
        };
        struct answer answer = ask(&asking);

        (void)state;
        if (answer.status != 200)
                fail_msg("%.*s", STR_ARG(answer.body));
        assert_one_event(&root, "CreateGrant");
        asking.account = other.account; /* there it is another key's id */
        assert_int_equal(ask(&asking).status, 400);
}

static void the_account_is_in_the_arn(void **state)
{
        const struct principal root = new_account();
        const struct str key = new_key(&root);
        const struct asking asking = {
                .arn = arena_printf(&fixture_arena, "arn:aws:dynamodb:us-east-1:%.*s:table/t",
                                    STR_ARG(root.account)),
                .operation = "GenerateDataKey",
                .body = arena_printf(&fixture_arena, "{\"KeyId\":\"%.*s\",\"KeySpec\":\"AES_256\"}",
                                     STR_ARG(key)),
        };
        const struct answer answer = ask(&asking);

        (void)state;
        if (answer.status != 200)
                fail_msg("%.*s", STR_ARG(answer.body));
        assert_one_event(&root, "GenerateDataKey");
}

/* A read whose handler finds out that it takes its time is run again, on a worker, and counts once. */
static void a_read_goes_on_on_a_worker(void **state)
{
        const struct principal root = new_account();
        const struct str key = new_key(&root);
        struct asking asking = {
                .account = root.account,
                .operation = "GenerateDataKeyPair",
                .body = arena_printf(&fixture_arena, "{\"KeyId\":\"%.*s\",\"KeyPairSpec\":\"ECC_NIST_P384\"}",
                                     STR_ARG(key)),
        };
        struct answer answer = ask(&asking);

        (void)state;
        assert_int_equal(answer.status, 200);
        assert_true(str_find(answer.body, STR("\"PrivateKeyPlaintext\":\"")) >= 0);
        assert_one_event(&root, "GenerateDataKeyPair");
        asking.operation = "GetKeyLastUsage"; /* and is noted with its event */
        asking.body = arena_printf(&fixture_arena, "{\"KeyId\":\"%.*s\"}", STR_ARG(key));
        answer = ask(&asking);
        assert_int_equal(answer.status, 200);
        assert_true(str_find(answer.body, STR("\"Operation\":\"GenerateDataKeyPair\"")) >= 0);
}

static void on_nobodys_behalf(void **state)
{
        static const struct str ARNS[] = {STR_INIT(""), STR_INIT("arn"), STR_INIT("arn:aws:s3:::bucket"),
                                          STR_INIT(":::::::"), STR_INIT("arn:aws:dynamodb:us-east-1")};

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ARNS); i++) {
                const struct asking asking = {.arn = ARNS[i], .operation = "CreateKey", .body = STR("{}")};

                assert_int_equal(ask(&asking).status, 400);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(writes_are_of_the_account_that_is_meant),
                cmocka_unit_test(the_account_is_in_the_arn),
                cmocka_unit_test(a_read_goes_on_on_a_worker),
                cmocka_unit_test(on_nobodys_behalf),
        };

        return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
