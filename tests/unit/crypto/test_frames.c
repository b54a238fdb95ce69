/* Frames open in their place and as what they were sealed, and in no other way. */
#include "../check.h"

#include "crypto/frames.h"

#include <sys/wait.h>
#include <unistd.h>

#define FRAMES 5
#define LEN    100

static const uint8_t KEY[AEAD_KEY_LEN] = {'k', 'e', 'y'};

struct sealed {
        uint8_t frames[FRAMES][LEN + AEAD_TAG_LEN];
};

static void fill(uint8_t clear[LEN], unsigned int number)
{
        memset(clear, (int)('a' + number), LEN);
}

static void seal_all(struct sealed *sealed)
{
        struct frames *frames;
        uint8_t clear[LEN];

        assert_int_equal(frames_new(KEY, FRAMES_SEAL, &frames), 0);
        for (unsigned int i = 0; i < FRAMES; i++) {
                fill(clear, i);
                assert_int_equal(
                        frames_seal(frames, i == FRAMES - 1, str_make(clear, LEN), sealed->frames[i]), 0);
        }
        frames_free(frames);
}

static int try_open(struct frames *frames, uint64_t number, bool is_last, const uint8_t *sealed, size_t len,
                    uint8_t out[LEN])
{
        return frames_open(frames, number, is_last, str_make(sealed, len), out);
}

static void frames_open_in_their_place_only(void **state)
{
        static const uint8_t NOTHING[LEN] = {};
        uint8_t expected[LEN], out[LEN];
        struct sealed sealed;
        struct frames *frames;

        (void)state;
        seal_all(&sealed);
        assert_int_equal(frames_new(KEY, FRAMES_OPEN, &frames), 0);
        for (unsigned int i = 0; i < FRAMES; i++)
                for (unsigned int place = 0; place < FRAMES + 2; place++)
                        for (int is_last = 0; is_last < 2; is_last++) {
                                int r = try_open(frames, place, is_last, sealed.frames[i],
                                                 sizeof(sealed.frames[i]), out);
                                bool is_right = place == i && is_last == (i == FRAMES - 1);

                                fill(expected, i);
                                assert_int_equal(r, is_right ? 0 : -EBADMSG);
                                assert_memory_equal(out, is_right ? expected : NOTHING, LEN);
                        }
        frames_free(frames);
}

static void every_bit_counts(void **state)
{
        struct sealed sealed;
        struct frames *frames;
        uint8_t out[LEN];

        (void)state;
        seal_all(&sealed);
        assert_int_equal(frames_new(KEY, FRAMES_OPEN, &frames), 0);
        for (size_t bit = 0; bit < 8 * sizeof(sealed.frames[2]); bit++) {
                sealed.frames[2][bit / 8] ^= (uint8_t)(1 << bit % 8);
                assert_int_equal(try_open(frames, 2, false, sealed.frames[2], sizeof(sealed.frames[2]), out),
                                 -EBADMSG);
                sealed.frames[2][bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (size_t len = 0; len < sizeof(sealed.frames[2]); len++)
                assert_int_equal(try_open(frames, 2, false, sealed.frames[2], len, out), -EBADMSG);
        assert_int_equal(try_open(frames, 2, false, sealed.frames[2], sizeof(sealed.frames[2]), out), 0);
        frames_free(frames);
}

static void another_key_opens_nothing(void **state)
{
        uint8_t other[AEAD_KEY_LEN] = {'k', 'e', 'z'}, out[LEN];
        struct sealed sealed;
        struct frames *frames;

        (void)state;
        seal_all(&sealed);
        assert_int_equal(frames_new(other, FRAMES_OPEN, &frames), 0);
        assert_int_equal(try_open(frames, 0, false, sealed.frames[0], sizeof(sealed.frames[0]), out),
                         -EBADMSG);
        frames_free(frames);
}

static void frames_in_place_and_empty_ones(void **state)
{
        uint8_t text[LEN + AEAD_TAG_LEN], expected[LEN], tag[AEAD_TAG_LEN];
        struct frames *sealing, *opening;

        (void)state;
        fill(text, 7);
        fill(expected, 7);
        assert_int_equal(frames_new(KEY, FRAMES_SEAL, &sealing), 0);
        assert_int_equal(frames_new(KEY, FRAMES_OPEN, &opening), 0);
        assert_int_equal(frames_seal(sealing, false, str_make(text, LEN), text), 0);
        assert_memory_not_equal(text, expected, LEN);
        assert_int_equal(frames_seal(sealing, true, STR(""), tag), 0);
        assert_int_equal(frames_open(opening, 0, false, str_make(text, sizeof(text)), text), 0);
        assert_memory_equal(text, expected, LEN);
        assert_int_equal(frames_open(opening, 1, true, str_make(tag, sizeof(tag)), tag), 0);
        frames_free(sealing);
        frames_free(opening);
        frames_free(NULL);
}

/* The nonces are the frames' numbers: what AES-256-GCM itself gives for them is a frame. */
static void a_frame_is_plain_gcm(void **state)
{
        const uint8_t nonce[AEAD_NONCE_LEN] = {[7] = FRAMES - 1, [11] = 1};
        uint8_t clear[LEN], expected[LEN + AEAD_TAG_LEN];
        struct sealed sealed;

        (void)state;
        seal_all(&sealed);
        fill(clear, FRAMES - 1);
        assert_int_equal(aead_seal(KEY, nonce, STR(""), str_make(clear, LEN), expected), 0);
        assert_memory_equal(sealed.frames[FRAMES - 1], expected, sizeof(expected));
}

/* A number that is used twice would give the key away: the process ends instead. */
static void nothing_follows_the_last(void **state)
{
        uint8_t out[LEN + AEAD_TAG_LEN];
        struct frames *frames;
        int status;
        pid_t child;

        (void)state;
        assert_int_equal(frames_new(KEY, FRAMES_SEAL, &frames), 0);
        assert_int_equal(frames_seal(frames, true, STR("end"), out), 0);
        child = fork();
        if (child == 0) {
                (void)close(STDERR_FILENO); /* the assertion's words */
                _exit(frames_seal(frames, true, STR("more"), out));
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        frames_free(frames);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(frames_open_in_their_place_only),
                cmocka_unit_test(every_bit_counts),
                cmocka_unit_test(another_key_opens_nothing),
                cmocka_unit_test(frames_in_place_and_empty_ones),
                cmocka_unit_test(a_frame_is_plain_gcm),
                cmocka_unit_test(nothing_follows_the_last),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
