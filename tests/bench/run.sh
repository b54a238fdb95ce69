#!/bin/sh
# make bench: an optimised build, then every bench, one line a row.
set -eu
cd "$(dirname "$0")/../.."
build=build-bench

[ -e $build/build.ninja ] || meson setup $build -Dbuildtype=release -Dtests=enabled >/dev/null
ninja -C $build merlon tests/bench/policy_bench tests/bench/store_bench tests/bench/sum_bench tests/bench/blob_bench \
        tests/bench/net_bench >/dev/null

# All rows are tried; one that failed fails the whole at the end.
status=0
tests/bench/policy.sh $build || status=1
# In the build folder: a temporary one may lie in memory, where fsync costs nothing.
$build/tests/bench/store_bench $build || status=1
$build/tests/bench/sum_bench || status=1
$build/tests/bench/blob_bench $build || status=1
$build/tests/bench/net_bench || status=1
/usr/bin/python3 -B tests/bench/server_bench.py $build || status=1
exit $status
