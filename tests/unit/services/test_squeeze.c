/* What is squeezed comes out as it was; what is no such frame, or too long, does not. */
#include "../check.h"

#include "services/squeeze.h"

static void there_and_back(void **state)
{
        _cleanup_(unsqueezer_done) struct unsqueezer unsqueezer = {};
        _cleanup_(buf_done) struct buf text = {}, out = {};
        struct str back;

        (void)state;
        buf_init(&text, (size_t)1 << 20);
        buf_init(&out, (size_t)1 << 20);
        for (int i = 0; i < 5000; i++)
                buf_addf(&text, "{\"eventName\":\"CreateUser\",\"number\":%d}", i);
        assert_int_equal(squeeze(buf_str(&text), &out), 0);
        assert_true(out.len < text.len / 5);
        assert_int_equal(unsqueeze(&unsqueezer, buf_str(&out), text.len, &back), 0);
        assert_true(str_eq(back, buf_str(&text)));
        assert_int_equal(unsqueeze(&unsqueezer, buf_str(&out), text.len - 1, &back), -EBADMSG);
        for (size_t len = 0; len < out.len; len += 97)
                assert_int_equal(unsqueeze(&unsqueezer, str_part(buf_str(&out), 0, len), text.len, &back),
                                 -EBADMSG);
        assert_int_equal(unsqueeze(&unsqueezer, STR("no frame at all, but some text"), 100, &back), -EBADMSG);
}

static void nothing(void **state)
{
        _cleanup_(unsqueezer_done) struct unsqueezer unsqueezer = {};
        _cleanup_(buf_done) struct buf out = {};
        struct str back;

        (void)state;
        buf_init(&out, 100);
        assert_int_equal(squeeze(STR(""), &out), 0);
        assert_int_equal(unsqueeze(&unsqueezer, buf_str(&out), 0, &back), 0);
        assert_int_equal(back.len, 0);
        buf_done(&out);
        buf_init(&out, 3);
        assert_int_equal(squeeze(STR("too long"), &out), -EMSGSIZE);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(there_and_back),
                cmocka_unit_test(nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
