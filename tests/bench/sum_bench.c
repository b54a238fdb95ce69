/* Sums of object bodies against MD5 alone, which no PUT can do without: bytes of each sum, and of what an
 * upload commonly wants, for each that `openssl speed` sums by MD5 on one core. In one row bodies come at the
 * same time, each on a thread of its own, and their bytes count together. */
#include "base/clock.h"
#include "crypto/sums.h"

#include <pthread.h>

#include "openssl_speed.h"

#define PIECE_BYTES ((size_t)64 << 10)
#define ROUNDS      3
#define ROUND_MS    200
#define STREAMS     4

static char piece[PIECE_BYTES];

static double speed_of(unsigned int wanted)
{
        _cleanup_(sums_done) struct sums sums = {};
        int64_t start = clock_monotonic_ns(), now = start;
        size_t count = 0;

        sums_begin(&sums, wanted);
        for (; now < start + (int64_t)ROUND_MS * 1000000; now = clock_monotonic_ns(), count++)
                sums_add(&sums, (struct str){piece, PIECE_BYTES});
        sums_end(&sums);
        return (double)count * (double)PIECE_BYTES * 1e9 / (double)(now - start);
}

static void *sum_stream(void *speed)
{
        *(double *)speed = speed_of(SUM_BIT(SUM_MD5));
        return NULL;
}

static double speed_of_streams(void)
{
        pthread_t threads[STREAMS];
        double speeds[STREAMS], together = 0;

        for (size_t i = 0; i < STREAMS; i++)
                if (pthread_create(&threads[i], NULL, sum_stream, &speeds[i]) != 0)
                        abort();
        for (size_t i = 0; i < STREAMS; i++) {
                pthread_join(threads[i], NULL);
                together += speeds[i];
        }
        return together;
}

static double better(double a, double b)
{
        return a > b ? a : b;
}

static void print_row(const char *name, double speed, double md5)
{
        (void)printf("sum %-30s %8.2f  of openssl speed md5 (%.0f MB a second, %.0f)\n", name, speed / md5,
                     speed / 1e6, md5 / 1e6);
}

/* The best of some rounds, side by side: others may use the machine. */
int main(void)
{
        double md5 = 0, upload = 0, streams = 0, best[SUM_KINDS] = {0};

        for (int i = 0; i < ROUNDS; i++) {
                md5 = better(md5, openssl_speed("md5"));
                upload = better(upload, speed_of(SUM_BIT(SUM_MD5) | SUM_BIT(SUM_CRC64NVME)));
                streams = better(streams, speed_of_streams());
                for (enum sum sum = 0; sum < SUM_KINDS; sum++)
                        best[sum] = better(best[sum], speed_of(SUM_BIT(sum)));
        }
        for (enum sum sum = 0; sum < SUM_KINDS; sum++)
                print_row(sum_name(sum).ptr, best[sum], md5);
        print_row("MD5 and CRC64NVME", upload, md5);
        print_row("MD5 of 4 bodies at once", streams, md5);
        return 0;
}
