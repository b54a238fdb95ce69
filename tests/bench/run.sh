#!/bin/sh
# make bench: an optimised build, then every bench, one line a row. ONLY=s3: its rows alone; other words: policy store
# sum blob net history recording server sqs events.
set -eu
cd "$(dirname "$0")/../.."
build=build-bench

[ -e $build/build.ninja ] || meson setup $build -Dbuildtype=release -Dtests=enabled >/dev/null
ninja -C $build merlon tests/bench/policy_bench tests/bench/store_bench tests/bench/sum_bench tests/bench/blob_bench \
        tests/bench/net_bench tests/bench/http_load tests/bench/history_bench tests/bench/merlon_unrecorded >/dev/null

# All rows are tried; one that failed fails the whole at the end.
status=0
bench() {
        name=$1
        shift
        case " ${ONLY:-$name} " in
        *" $name "*) "$@" || status=1 ;;
        esac
}
bench policy tests/bench/policy.sh $build
# In the build folder: a temporary one may lie in memory, where fsync costs nothing.
bench store $build/tests/bench/store_bench $build
bench sum $build/tests/bench/sum_bench
bench blob $build/tests/bench/blob_bench $build
bench net $build/tests/bench/net_bench
# HISTORY=10000000 make bench: in its full size, which takes some minutes and two gigabytes.
bench history $build/tests/bench/history_bench $build ${HISTORY:-1000000}
bench recording /usr/bin/python3 -B tests/bench/recording_bench.py $build
bench server /usr/bin/python3 -B tests/bench/server_bench.py $build
bench sqs /usr/bin/python3 -B tests/bench/sqs_bench.py $build
bench events /usr/bin/python3 -B tests/bench/events_bench.py $build
bench s3 /usr/bin/python3 -B tests/bench/s3_bench.py $build
exit $status
