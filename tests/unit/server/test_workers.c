/* Workers: everything taken is done once, a full queue refuses, a stop does what is queued. */
#include "server/workers.h"

#include <stdatomic.h>
#include <unistd.h>

#include "../check.h" /* behind the others: cmocka has a fail() of its own */

#define MANY 50 /* fewer than may be queued */

struct counted {
        struct work work; /* first: the work is the counted */
        _Atomic int *done;
        _Atomic bool *gate;
};

static void count(struct work *work)
{
        struct counted *counted = (struct counted *)(void *)work;

        while (counted->gate && !atomic_load(counted->gate))
                usleep(100);
        atomic_fetch_add(counted->done, 1);
}

static void test_all_is_done_before_the_stop_ends(void **state)
{
        static struct counted works[MANY];
        _Atomic int done = 0;
        struct workers *workers;

        (void)state;
        assert_int_equal(workers_start(3, &workers), 0);
        for (size_t i = 0; i < MANY; i++) {
                works[i] = (struct counted){.work = {.run = count}, .done = &done};
                assert_true(workers_add(workers, &works[i].work));
        }
        workers_stop(workers);
        assert_int_equal(atomic_load(&done), MANY);
}

static void test_a_full_queue_refuses(void **state)
{
        static struct counted works[5000];
        _Atomic int done = 0;
        _Atomic bool gate = false;
        struct workers *workers;
        int taken = 0;

        (void)state;
        assert_int_equal(workers_start(1, &workers), 0);
        for (size_t i = 0; i < ARRAY_LEN(works); i++) {
                works[i] = (struct counted){.work = {.run = count}, .done = &done, .gate = &gate};
                taken += workers_add(workers, &works[i].work);
        }
        assert_in_range(taken, 1, ARRAY_LEN(works) - 1);
        atomic_store(&gate, true);
        workers_stop(workers);
        assert_int_equal(atomic_load(&done), taken);
        workers_stop(NULL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_all_is_done_before_the_stop_ends),
                cmocka_unit_test(test_a_full_queue_refuses),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
