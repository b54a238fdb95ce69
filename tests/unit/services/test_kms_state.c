/* The table of states: a row for every operation that names a key, derived from the descriptors. */
#include "services/kms/directory.h"
#include "services/kms/kms.h"
#include "wire/value.h"
#include "wire/wire.h"

#include "../check.h" /* behind the others: cmocka has a fail() of its own */

static const struct str STATES[] = {STR_INIT("Enabled"), STR_INIT("Disabled"), STR_INIT("PendingDeletion"),
                                    STR_INIT("PendingReplicaDeletion"), STR_INIT("PendingImport")};

/* What tells that an operation is about one key. */
static const struct str NAMES_OF_KEYS[] = {
        STR_INIT("KeyId"),     STR_INIT("TargetKeyId"), STR_INIT("SourceKeyId"), STR_INIT("DestinationKeyId"),
        STR_INIT("AliasName"), STR_INIT("GrantId"),     STR_INIT("GrantToken"),
};

static bool names_a_key(const struct api_operation *operation)
{
        for (size_t i = 0; i < ARRAY_LEN(NAMES_OF_KEYS); i++)
                if (wire_find_member(operation->input, NAMES_OF_KEYS[i]))
                        return true;
        return false;
}

/* The error's code, or "" when it may be done. */
static struct str outcome(const struct api_operation *operation, struct str state, struct str *ret_message)
{
        static const struct host HOST;
        static char message[256];
        const struct kms_key_record key = {.account = STR("111122223333"),
                                           .region = STR("us-east-1"),
                                           .id = STR("1234abcd-12ab-34cd-56ef-1234567890ab"),
                                           .state = state};
        struct str code = STR("");
        struct call call;
        int r;

        call_init(&call, &HOST, 1 << 16);
        call.operation = operation;
        r = kms_check_state(&call, &key);
        if (r == -ENOSYS)
                fail_msg("%.*s has no row", STR_ARG(operation->name));
        assert_true(r == 0 || r == -ECALL);
        if (r < 0)
                code = call.error->name;
        assert_int_equal(str_to_buffer(call.error_message, message, sizeof(message)), 0);
        *ret_message = str_of(message);
        call_done(&call);
        return code;
}

static void each_key_operation_has_a_row(void **state)
{
        size_t count = 0;

        (void)state;
        for (size_t i = 0; i < kms_service.operation_count; i++) {
                const struct api_operation *operation = &kms_service.operations[i];

                if (operation->is_planned || !names_a_key(operation))
                        continue;
                count++;
                for (size_t k = 0; k < ARRAY_LEN(STATES); k++) {
                        struct str message, code = outcome(operation, STATES[k], &message);

                        if (code.len == 0)
                                continue;
                        if (!str_eq(code, STR("DisabledException")) &&
                            !str_eq(code, STR("KMSInvalidStateException")))
                                fail_msg("%.*s: %.*s", STR_ARG(operation->name), STR_ARG(code));
                        assert_true(
                                str_starts(message, STR("arn:aws:kms:us-east-1:111122223333:key/1234abcd-")));
                        /* What is told is one of the operation's own errors. */
                        for (size_t e = 0; e <= operation->error_count; e++) {
                                if (e == operation->error_count)
                                        fail_msg("%.*s does not know %.*s", STR_ARG(operation->name),
                                                 STR_ARG(code));
                                if (str_eq(operation->errors[e]->name, code))
                                        break;
                        }
                }
        }
        assert_true(count > 40);
}

static void others_have_none(void **state)
{
        static const struct host HOST;
        const struct kms_key_record key = {.state = STR("Enabled")};

        (void)state;
        for (size_t i = 0; i < kms_service.operation_count; i++) {
                const struct api_operation *operation = &kms_service.operations[i];
                struct call call;

                if (names_a_key(operation) && !operation->is_planned)
                        continue;
                call_init(&call, &HOST, 1 << 16);
                call.operation = operation;
                assert_int_equal(kms_check_state(&call, &key), -ENOSYS);
                call_done(&call);
        }
}

static const struct api_operation *operation(const char *name)
{
        const struct api_operation *found = wire_find_operation(&kms_service, str_of(name));

        assert_non_null(found);
        return found;
}

/* The columns of some rows of AWS's table. */
static void rows_are_those_of_aws(void **state)
{
#define D  STR_INIT("DisabledException")
#define I  STR_INIT("KMSInvalidStateException")
#define OK STR_INIT("")
        static const struct {
                const char *operation;
                struct str outcomes[ARRAY_LEN(
                        STATES)]; /* enabled, disabled, pending deletion, its replica's, import */
        } ROWS[] = {
                {"CancelKeyDeletion", {I, I, OK, OK, I}},
                {"ScheduleKeyDeletion", {OK, OK, I, I, OK}},
                {"Encrypt", {OK, D, I, I, I}},
                {"Decrypt", {OK, D, I, I, I}},
                {"Sign", {OK, D, I, I, I}},
                {"VerifyMac", {OK, D, I, I, I}},
                {"DescribeKey", {OK, OK, OK, OK, OK}},
                {"PutKeyPolicy", {OK, OK, OK, OK, OK}},
                {"GetPublicKey", {OK, OK, I, I, OK}},
                {"ImportKeyMaterial", {OK, OK, I, I, OK}},
                {"EnableKey", {OK, OK, I, I, I}},
                {"DisableKey", {OK, OK, I, I, I}},
                {"CreateGrant", {OK, D, I, I, I}},
                {"RetireGrant", {OK, OK, OK, OK, OK}},
                {"CreateAlias", {OK, OK, I, I, OK}},
                {"DeleteAlias", {OK, OK, OK, OK, OK}},
                {"TagResource", {OK, OK, I, I, OK}},
                {"ReplicateKey", {OK, D, I, I, I}},
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
                for (size_t k = 0; k < ARRAY_LEN(STATES); k++) {
                        struct str message;

                        if (!str_eq(outcome(operation(ROWS[i].operation), STATES[k], &message),
                                    ROWS[i].outcomes[k]))
                                fail_msg("%s of a key that is %.*s", ROWS[i].operation, STR_ARG(STATES[k]));
                }
}

static void what_is_told(void **state)
{
        struct str message;

        (void)state;
        (void)outcome(operation("Encrypt"), STR("Disabled"), &message);
        assert_true(str_ends(message, STR("/1234abcd-12ab-34cd-56ef-1234567890ab is disabled.")));
        (void)outcome(operation("Encrypt"), STR("PendingDeletion"), &message);
        assert_true(str_ends(message, STR(" is pending deletion.")));
        (void)outcome(operation("Encrypt"), STR("PendingReplicaDeletion"), &message);
        assert_true(str_ends(message, STR(" is pending replica deletion.")));
        (void)outcome(operation("Encrypt"), STR("PendingImport"), &message);
        assert_true(str_ends(message, STR(" is pending import.")));
        (void)outcome(operation("CancelKeyDeletion"), STR("Enabled"), &message);
        assert_true(str_ends(message, STR(" is not pending deletion.")));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_key_operation_has_a_row),
                cmocka_unit_test(others_have_none),
                cmocka_unit_test(rows_are_those_of_aws),
                cmocka_unit_test(what_is_told),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
