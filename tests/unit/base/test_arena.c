/* Memory of one request: bounded, zeroed, aligned. */
#include "../check.h"

#include "base/arena.h"

static void memory_is_zeroed_and_aligned(void **state)
{
        struct arena arena;

        (void)state;
        arena_init(&arena, 1 << 20);
        for (size_t size = 0; size < 100; size++) {
                char *memory = arena_alloc(&arena, size);

                assert_non_null(memory);
                assert_int_equal((uintptr_t)memory % 16, 0);
                for (size_t i = 0; i < size; i++)
                        assert_int_equal(memory[i], 0);
                memset(memory, 0xff, size);
        }
        arena_reset(&arena); /* memory that is used again is zeroed again */
        for (size_t i = 0; i < 100; i++) {
                const char *memory = arena_alloc(&arena, 64);

                for (size_t k = 0; k < 64; k++)
                        assert_int_equal(memory[k], 0);
        }
        arena_done(&arena);
}

static void the_limit_holds_to_the_byte(void **state)
{
        struct arena arena;

        (void)state;
        arena_init(&arena, 64);
        assert_non_null(arena_alloc(&arena, 48));
        assert_null(arena_alloc(&arena, 17));
        assert_true(arena.failed);
        assert_non_null(arena_alloc(&arena, 16)); /* what fits is still given, the mark stays */
        assert_true(arena.failed);
        assert_null(arena_alloc(&arena, 1));
        assert_int_equal(arena.used, 64);
        arena_reset(&arena);
        assert_false(arena.failed);
        assert_non_null(arena_alloc(&arena, 64));
        arena_done(&arena);
}

static void impossible_sizes_fail(void **state)
{
        struct arena arena;

        (void)state;
        arena_init(&arena, SIZE_MAX);
        assert_null(arena_alloc(&arena, SIZE_MAX));
        assert_true(arena.failed);
        arena_reset(&arena);
        assert_null(arena_alloc_array(&arena, SIZE_MAX / 2, 3));
        assert_true(arena.failed);
        arena_done(&arena);
}

static void a_piece_larger_than_a_block(void **state)
{
        struct arena arena;
        char *large, *small;

        (void)state;
        arena_init(&arena, 1 << 20);
        small = arena_alloc(&arena, 16);
        large = arena_alloc(&arena, 100000);
        assert_non_null(large);
        memset(large, 1, 100000);
        assert_int_equal(small[0], 0);
        arena_reset(&arena); /* the large block is not kept */
        assert_null(arena.blocks);
        arena_done(&arena);
}

static void strings_are_copied(void **state)
{
        struct arena arena;
        char given[] = "a\0b";
        struct str copy;

        (void)state;
        arena_init(&arena, 4096);
        copy = arena_dup(&arena, str_make(given, 3));
        given[0] = 'z';
        assert_str(copy, STR("a\0b"));
        assert_int_equal(copy.ptr[3], 0);
        assert_str(arena_dup(&arena, STR_NONE), STR_NONE);
        assert_str(arena_dup(&arena, STR("")), STR(""));
        assert_str(arena_lower(&arena, STR("ABC\xc4z")), STR("abc\xc4z"));
        assert_str(arena_lower(&arena, STR_NONE), STR_NONE);
        assert_string_equal(arena_cstr(&arena, STR("abc")), "abc");
        assert_string_equal(arena_cstr(&arena, STR_NONE), "");
        assert_str(arena_printf(&arena, "%s-%d", "a", 5), STR("a-5"));
        arena_done(&arena);
}

static void strings_at_the_limit_are_empty_and_marked(void **state)
{
        struct arena arena;

        (void)state;
        arena_init(&arena, 8);
        assert_str(arena_dup(&arena, STR("abc")), STR(""));
        assert_str(arena_lower(&arena, STR("ABC")), STR(""));
        assert_str(arena_printf(&arena, "%d", 5), STR(""));
        assert_null(arena_cstr(&arena, STR("abc")));
        assert_true(arena.failed);
        assert_int_equal(arena.used, 0);
        arena_done(&arena);
}

static void a_done_arena_can_be_used_again(void **state)
{
        struct arena arena;

        (void)state;
        arena_init(&arena, 64);
        assert_non_null(arena_alloc(&arena, 64));
        arena_done(&arena);
        assert_non_null(arena_alloc(&arena, 64));
        arena_done(&arena);
        arena_done(&arena);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(memory_is_zeroed_and_aligned),
                cmocka_unit_test(the_limit_holds_to_the_byte),
                cmocka_unit_test(impossible_sizes_fail),
                cmocka_unit_test(a_piece_larger_than_a_block),
                cmocka_unit_test(strings_are_copied),
                cmocka_unit_test(strings_at_the_limit_are_empty_and_marked),
                cmocka_unit_test(a_done_arena_can_be_used_again),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
