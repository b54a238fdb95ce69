/* Identifiers: their form, and that no two are alike. */
#include "../check.h"

#include "base/ids.h"

static struct arena arena;

static void assert_uuid(struct str id)
{
        assert_int_equal(id.len, UUID_LEN);
        for (size_t i = 0; i < id.len; i++) {
                if (i == 8 || i == 13 || i == 18 || i == 23)
                        assert_int_equal(id.ptr[i], '-');
                else
                        assert_true(str_has_byte(STR("0123456789abcdef"), id.ptr[i]));
        }
        assert_int_equal(id.ptr[14], '4');
        assert_true(str_has_byte(STR("89ab"), id.ptr[19]));
}

static void uuids(void **state)
{
        struct str first, second;

        (void)state;
        assert_uuid(id_uuid(&arena));
        for (int i = 0; i < 100; i++) {
                id_uuid_pair(&arena, &first, &second);
                assert_uuid(first);
                assert_uuid(second);
                assert_false(str_eq(first, second));
        }
}

static void unique_ids_have_their_length_and_alphabet(void **state)
{
        (void)state;
        for (int i = 0; i < 100; i++) {
                struct str id = id_with_prefix(&arena, STR("AIDA"), 21);

                assert_int_equal(id.len, 21);
                assert_true(str_starts(id, STR("AIDA")));
                for (size_t k = 0; k < id.len; k++)
                        assert_true(str_has_byte(STR("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), id.ptr[k]));
                assert_false(str_eq(id, id_with_prefix(&arena, STR("AIDA"), 21)));
        }
        assert_str(id_with_prefix(&arena, STR("LONG"), 2), STR("LONG"));
}

/* 30000 draws of three: each some 10000 times, and 9000 would be a deviation beyond all chance. */
static void alphabets_are_drawn_evenly(void **state)
{
        struct str text = id_from_alphabet(&arena, STR("abc"), 30000);
        size_t counts[3] = {};

        (void)state;
        assert_int_equal(text.len, 30000);
        for (size_t i = 0; i < text.len; i++) {
                assert_in_range(text.ptr[i], 'a', 'c');
                counts[text.ptr[i] - 'a']++;
        }
        for (size_t i = 0; i < 3; i++)
                assert_in_range(counts[i], 9000, 11000);
        assert_str(id_from_alphabet(&arena, STR("x"), 3), STR("xxx"));
        assert_str(id_from_alphabet(&arena, STR("x"), 0), STR(""));
}

static void random_bytes_fill_all_and_no_more(void **state)
{
        unsigned char bytes[66] = {};
        unsigned char seen = 0;

        (void)state;
        for (int round = 0; round < 64; round++) {
                random_fill(bytes + 1, 64);
                seen |= bytes[1] | bytes[64];
                assert_int_equal(bytes[0] | bytes[65], 0);
        }
        assert_int_equal(seen, 0xff);
}

static void a_full_arena_gives_empty_ids(void **state)
{
        struct arena small;

        (void)state;
        arena_init(&small, 8);
        assert_str(id_uuid(&small), STR(""));
        assert_int_equal(id_with_prefix(&small, STR("AIDA"), 21).len, 0);
        assert_true(small.failed);
        arena_done(&small);
}

static int open_arena(void **state)
{
        (void)state;
        arena_init(&arena, 1 << 20);
        return 0;
}

static int close_arena(void **state)
{
        (void)state;
        arena_done(&arena);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(uuids),
                cmocka_unit_test(unique_ids_have_their_length_and_alphabet),
                cmocka_unit_test(alphabets_are_drawn_evenly),
                cmocka_unit_test(random_bytes_fill_all_and_no_more),
                cmocka_unit_test(a_full_arena_gives_empty_ids),
        };

        return cmocka_run_group_tests(tests, open_arena, close_arena);
}
