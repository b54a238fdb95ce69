#!/bin/sh
# make bench: an optimised build, then every bench, one line a row.
set -eu
cd "$(dirname "$0")/../.."
build=build-bench

if [ -e $build/build.ninja ]; then
        meson configure $build -Dtests=enabled >/dev/null
else
        meson setup $build -Dbuildtype=release -Dtests=enabled >/dev/null
fi
ninja -C $build >/dev/null

for bench in store_bench; do
        program=$(find $build/tests/bench -name $bench -type f -perm -u+x | head -1)
        [ -z "$program" ] || "$program"
done
[ ! -x tests/bench/policy.sh ] || tests/bench/policy.sh $build
/usr/bin/python3 tests/bench/server_bench.py $build
