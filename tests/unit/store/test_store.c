/* What a store promises, whatever its engine. */
#include "fixture.h"

static void puts_gets_and_deletes(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;

        assert_value(store, "a", NULL);
        put(store, "a", "1");
        assert_value(store, "a", "1");
        put(store, "a", "two");
        assert_value(store, "a", "two");
        put(store, "empty", "");
        assert_value(store, "empty", "");
        assert_int_equal(try_delete(store, STR("a")), 0);
        assert_value(store, "a", NULL);
        assert_int_equal(try_delete(store, STR("a")), -ENOENT);
}

static void walks_in_order(void **state)
{
        struct store *store = ((struct fixture *)*state)->store;
        static const char *const keys[] = {"b2", "a", "b1", "c", "b", "b3", "bb"};

        assert_keys(store, "", NULL, true, "");
        assert_keys(store, "", NULL, false, "");
        for (size_t i = 0; i < ARRAY_LEN(keys); i++)
                put(store, keys[i], "x");
        assert_keys(store, "", NULL, true, "a b b1 b2 b3 bb c ");
        assert_keys(store, "", NULL, false, "c bb b3 b2 b1 b a ");
        assert_keys(store, "b", NULL, true, "b b1 b2 b3 bb ");
        assert_keys(store, "b", NULL, false, "bb b3 b2 b1 b ");
        assert_keys(store, "d", NULL, true, "");
        assert_keys(store, "d", NULL, false, "");
        assert_keys(store, "0", NULL, false, "");
}

static const struct CMUnitTest tests[] = {
        TEST_BOTH(puts_gets_and_deletes),
        TEST_BOTH(walks_in_order),
};

int main(void)
{
        return cmocka_run_group_tests(tests, NULL, NULL);
}
