/* Files as services deliver them: any inflater gives back what went in, and the same goes in the same. */
#include "services/gzip.h"

#include "../check.h"

#include <zlib.h>

#define LONG ((size_t)3 * 1024 * 1024)

static void assert_round_trip(struct arena *arena, struct str bytes)
{
        char *back = arena_alloc(arena, bytes.len + 1);
        struct str packed = STR_NONE, again = STR_NONE;
        z_stream stream = {};

        assert_int_equal(gzip_compress(arena, bytes, &packed), 0);
        assert_int_equal(gzip_compress(arena, bytes, &again), 0);
        assert_str(again, packed);
        assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
        stream.next_in = (Bytef *)(uintptr_t)packed.ptr;
        stream.avail_in = (uInt)packed.len;
        stream.next_out = (Bytef *)back;
        stream.avail_out = (uInt)(bytes.len + 1);
        assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
        assert_str(str_make(back, stream.total_out), bytes);
        assert_int_equal(stream.avail_in, 0);
        (void)inflateEnd(&stream);
}

static void test_round_trips(void **state)
{
        _cleanup_(arena_done) struct arena arena = {};
        char *text;

        (void)state;
        arena_init(&arena, 16 * LONG);
        text = arena_alloc(&arena, LONG);
        assert_non_null(text);
        for (size_t i = 0; i < LONG; i++)
                text[i] = (char)((i * 2654435761U) >> (i % 13));
        assert_round_trip(&arena, STR(""));
        assert_round_trip(&arena, STR("a"));
        assert_round_trip(&arena, STR("{\"Records\":[]}"));
        assert_round_trip(&arena, str_make(text, LONG));
}

static void test_expanded(void **state)
{
        _cleanup_(arena_done) struct arena arena = {};
        struct str packed = STR_NONE, back = STR_NONE, text;
        char *zeroes;

        (void)state;
        arena_init(&arena, 8 * LONG);
        zeroes = arena_alloc(&arena, LONG);
        assert_non_null(zeroes);
        text = str_make(zeroes, LONG);
        assert_int_equal(gzip_compress(&arena, text, &packed), 0);
        assert_int_equal(gzip_expand(&arena, packed, LONG, &back), 0);
        assert_str(back, text);
        assert_int_equal(gzip_expand(&arena, packed, LONG - 1, &back), -EMSGSIZE);
        assert_int_equal(gzip_expand(&arena, str_part(packed, 0, packed.len - 1), LONG, &back), -EBADMSG);
        assert_int_equal(gzip_expand(&arena, STR("no gzip"), LONG, &back), -EBADMSG);
        assert_int_equal(gzip_expand(&arena, STR(""), LONG, &back), -EBADMSG);
        zeroes = arena_alloc(&arena, packed.len + 1);
        assert_non_null(zeroes);
        memcpy(zeroes, packed.ptr, packed.len);
        assert_int_equal(gzip_expand(&arena, str_make(zeroes, packed.len + 1), LONG, &back), -EBADMSG);
        assert_int_equal(gzip_compress(&arena, STR(""), &packed), 0);
        assert_int_equal(gzip_expand(&arena, packed, 0, &back), 0);
        assert_int_equal(back.len, 0);
}

static void test_no_room(void **state)
{
        _cleanup_(arena_done) struct arena arena = {};
        _cleanup_(arena_done) struct arena roomy = {};
        struct str packed = STR_NONE, back = STR_NONE;

        (void)state;
        arena_init(&arena, 16);
        arena_init(&roomy, LONG);
        assert_int_equal(gzip_compress(&arena, STR("more than that is wanted"), &packed), -ENOMEM);
        assert_false(str_is_set(packed));
        assert_int_equal(gzip_compress(&roomy, STR("more than that is wanted"), &packed), 0);
        arena_done(&arena);
        assert_int_equal(gzip_expand(&arena, packed, LONG, &back), -ENOMEM);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_round_trips),
                cmocka_unit_test(test_expanded),
                cmocka_unit_test(test_no_room),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
