#!/bin/sh
# make check: everything that can be said of the code without running it. All steps run; the names of those that
# failed stand at the end.
set -u
cd "$(dirname "$0")/.."
build=build
failed=

step() {
        name=$1
        shift
        echo "== $name"
        began=$(date +%s)
        "$@" || failed="$failed $name"
        echo "   $(($(date +%s) - began)) s"
}

c_files() {
        git ls-files --cached --others --exclude-standard 'src/*.[ch]' 'tests/*.[ch]'
}

clean_build() {
        if [ -e $build/build.ninja ]; then
                meson configure $build -Dtests=enabled -Dwerror=true
        else
                meson setup $build -Dtests=enabled >/dev/null
        fi && ninja -C $build >$build/check-build.log 2>&1 || {
                tail -50 $build/check-build.log
                return 1
        }
        ! grep -n 'warning:' $build/check-build.log
}

format() {
        c_files | xargs clang-format-14 --dry-run -Werror
}

tidy() {
        tools/check_tidy.py $build
}

# Unknown macros would make cppcheck guess: it gets the real flags from the build.
cppcheck_all() {
        mkdir -p $build/cppcheck
        cppcheck --project=$build/compile_commands.json --cppcheck-build-dir=$build/cppcheck -j "$(nproc)" -q \
                --enable=warning,portability --inline-suppr --error-exitcode=1 --suppressions-list=tools/cppcheck.supp \
                --file-filter='*/src/*' -i"$PWD/$build"
}

step build clean_build
step format format
step layers tools/check_layers.py
step text tools/check_text.py
step surface /usr/bin/python3 tools/apigen.py --check-surface
step cppcheck cppcheck_all
step clang-tidy tidy

if [ -n "$failed" ]; then
        echo "make check: failed:$failed"
        exit 1
fi
echo "make check: all is well"
