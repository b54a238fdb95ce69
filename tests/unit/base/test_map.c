/* The hash map against an obvious model: an array. */
#include "../check.h"

#include "base/ids.h"
#include "base/map.h"

#define KEYS 5000

static char names[KEYS][16];
static int values[KEYS];

static void make_names(void)
{
        for (int i = 0; i < KEYS; i++) {
                (void)snprintf(names[i], sizeof(names[i]), "key-%d", i);
                values[i] = i;
        }
}

static void an_empty_map(void **state)
{
        struct map map;
        size_t at = 0;

        (void)state;
        map_init(&map);
        assert_null(map_get(&map, STR("a")));
        assert_null(map_remove(&map, STR("a")));
        assert_null(map_next(&map, &at));
        map_done(&map);
}

static void put_replaces(void **state)
{
        struct map map;
        int a = 1, b = 2;

        (void)state;
        map_init(&map);
        assert_int_equal(map_put(&map, STR("k"), &a), 0);
        assert_int_equal(map_put(&map, STR("k"), &b), 0);
        assert_int_equal(map.count, 1);
        assert_ptr_equal(map_get(&map, STR("k")), &b);
        assert_ptr_equal(map_remove(&map, STR("k")), &b);
        assert_null(map_get(&map, STR("k")));
        assert_int_equal(map.count, 0);
        map_done(&map);
}

static void empty_absent_and_binary_keys(void **state)
{
        struct map map;
        int a = 1, b = 2;

        (void)state;
        map_init(&map);
        assert_int_equal(map_put(&map, STR_NONE, &a), 0);
        assert_ptr_equal(map_get(&map, STR("")), &a);
        assert_ptr_equal(map_get(&map, STR_NONE), &a);
        assert_int_equal(map_put(&map, STR("a\0b"), &b), 0);
        assert_null(map_get(&map, STR("a")));
        assert_ptr_equal(map_get(&map, STR("a\0b")), &b);
        assert_ptr_equal(map_remove(&map, STR("")), &a);
        assert_ptr_equal(map_get(&map, STR("a\0b")), &b);
        map_done(&map);
}

static void many_keys(void **state)
{
        struct map map;
        const struct map_slot *slot;
        bool seen[KEYS] = {};
        size_t count = 0;

        (void)state;
        map_init(&map);
        for (int i = 0; i < KEYS; i++)
                assert_int_equal(map_put(&map, str_of(names[i]), &values[i]), 0);
        assert_int_equal(map.count, KEYS);
        for (int i = 0; i < KEYS; i++)
                assert_ptr_equal(map_get(&map, str_of(names[i])), &values[i]);
        assert_null(map_get(&map, STR("key-5000")));
        for (size_t at = 0; (slot = map_next(&map, &at)); count++) {
                int i = *(int *)slot->value;

                assert_false(seen[i]);
                seen[i] = true;
                assert_str(slot->key, str_of(names[i]));
        }
        assert_int_equal(count, KEYS);
        map_done(&map);
}

static void compare(const struct map *map, const bool *is_in, size_t count)
{
        size_t expected = 0;

        for (size_t i = 0; i < count; i++) {
                assert_ptr_equal(map_get(map, str_of(names[i])), is_in[i] ? &values[i] : NULL);
                expected += is_in[i];
        }
        assert_int_equal(map->count, expected);
}

/* Few slots and much coming and going: runs form, wrap around the end, and are closed again. */
static void random_removals_leave_no_holes_in_runs(void **state)
{
        struct map map;
        bool is_in[40] = {};
        unsigned char draws[20000];

        (void)state;
        for (int round = 0; round < 20; round++) {
                memset(is_in, 0, sizeof(is_in));
                map_init(&map);
                random_fill(draws, sizeof(draws));
                for (size_t i = 0; i + 1 < sizeof(draws); i += 2) {
                        size_t k = draws[i] % ARRAY_LEN(is_in);

                        if (draws[i + 1] % 2) {
                                assert_int_equal(map_put(&map, str_of(names[k]), &values[k]), 0);
                                is_in[k] = true;
                        } else {
                                assert_ptr_equal(map_remove(&map, str_of(names[k])),
                                                 is_in[k] ? &values[k] : NULL);
                                is_in[k] = false;
                        }
                        if (i % 64 == 0)
                                compare(&map, is_in, ARRAY_LEN(is_in));
                }
                compare(&map, is_in, ARRAY_LEN(is_in));
                map_done(&map);
        }
}

static void each_map_has_a_seed_of_its_own(void **state)
{
        struct map a, b;

        (void)state;
        map_init(&a);
        map_init(&b);
        assert_true(a.seed != b.seed);
        map_done(&a);
        map_done(&b);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_empty_map),
                cmocka_unit_test(put_replaces),
                cmocka_unit_test(empty_absent_and_binary_keys),
                cmocka_unit_test(many_keys),
                cmocka_unit_test(random_removals_leave_no_holes_in_runs),
                cmocka_unit_test(each_map_has_a_seed_of_its_own),
        };

        make_names();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
