#!/bin/sh
# Runs the fuzz targets (all, or those named) for FUZZ_SECONDS each, under AddressSanitizer and UBSan, then compares
# the policy engine with the slow evaluator on FUZZ_DECISIONS random questions. New inputs that reach new code stay in
# build-fuzz/corpus/<noun>; a failing input is kept as build-fuzz/failed-<noun>-*.
set -eu
cd "$(dirname "$0")/../.."
seconds=${FUZZ_SECONDS:-600}
build=build-fuzz

[ -e $build/build.ninja ] || CC=clang meson setup $build -Dtests=enabled -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false \
        -Doptimization=1 -Dc_args='-fsanitize=fuzzer-no-link -fno-omit-frame-pointer' >/dev/null
ninja -C $build fuzz-targets >/dev/null

export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
findings=0
targets=${*:-$(find $build/tests/fuzz -maxdepth 1 -type f -perm -u+x -name 'fuzz_*' | sed 's|.*/fuzz_||' | sort)}
for noun in $targets; do
        mkdir -p "$build/corpus/$noun"
        echo "fuzz: $noun, $seconds s"
        if ! $build/tests/fuzz/fuzz_"$noun" -max_total_time="$seconds" -jobs=2 -workers=2 -timeout=25 -rss_limit_mb=4096 \
                -print_final_stats=1 -artifact_prefix="$build/failed-$noun-" \
                "$build/corpus/$noun" "tests/fuzz/corpus/$noun" >"$build/fuzz-$noun.log" 2>&1; then
                echo "fuzz: $noun: a finding, see $build/fuzz-$noun.log and $build/failed-$noun-*"
                findings=$((findings + 1))
        fi
done
mv -f fuzz-?.log $build/ 2>/dev/null || true
echo "fuzz: $findings targets with findings"

# Only in the run of everything: an optimised build, for ten million questions.
if [ $# = 0 ]; then
        [ -e build-compare/build.ninja ] || meson setup build-compare -Dtests=enabled -Dbuildtype=release >/dev/null
        ninja -C build-compare tests/unit/policy/policy_evaluate >/dev/null
        /usr/bin/python3 -B tests/reference/compare.py build-compare/tests/unit/policy/policy_evaluate \
                --count "${FUZZ_DECISIONS:-10000000}" --seed "${FUZZ_SEED:-$(date +%s)}" || findings=$((findings + 1))
fi
[ $findings = 0 ]
