#!/bin/sh
# Installs what a part of the work needs and this machine lacks: Debian 12, Ubuntu 24.04; as root, or through sudo.
#
#   tools/setup.sh SET...      sets: build check test bench fuzz
#
# A stamp in build/ remembers what was done for these very lists, so that a second run does nothing at all.
set -eu
cd "$(dirname "$0")/.."

# One package a word. PACKAGE=FILE: also satisfied by a FILE that came from elsewhere.
build_packages="gcc libc6-dev meson ninja-build pkg-config python3 libmicrohttpd-dev liblmdb-dev libjansson-dev
        libssl-dev libcurl4-openssl-dev ca-certificates libpcre2-dev libexpat1-dev zlib1g-dev libzstd-dev libxxhash-dev
        libqrencode-dev libsqlite3-dev"
test_packages="libcmocka-dev python3-pytest python3-pytest-xdist python3-boto3 openssl curl
        awscli=/usr/bin/aws nodejs=/usr/bin/node npm=/usr/bin/npm
        s3cmd rclone s3fs restic oathtool zbar-tools"
check_packages="clang-format-14 clang-tidy-14 cppcheck"
bench_packages="nginx wrk redis-server nodejs=/usr/bin/node npm=/usr/bin/npm python3-boto3 curl
        radosgw ceph-mon ceph-osd ceph-common"
fuzz_packages="clang libclang-rt-dev"

# Folders with a package-lock.json.
test_npm="tests/sdk"
bench_npm="tests/bench/cedar"

say() {
        echo "setup: $*" >&2
}

as_root() {
        if [ "$(id -u)" = 0 ]; then
                "$@"
        elif command -v sudo >/dev/null; then
                sudo "$@"
        else
                say "not root, and no sudo: cannot run $*"
                exit 1
        fi
}

is_installed() {
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

is_there() {
        case $1 in
        *=*) is_installed "${1%%=*}" || [ -e "${1#*=}" ] ;;
        *) is_installed "$1" ;;
        esac
}

# Debian starts the services that it installs. A tool for tests shall not open ports on its own: policy-rc.d is
# Debian's own way to say so, and an existing one is left alone.
without_services() {
        if [ -e /usr/sbin/policy-rc.d ]; then
                "$@"
                return
        fi
        printf '#!/bin/sh\nexit 101\n' | as_root tee /usr/sbin/policy-rc.d >/dev/null
        as_root chmod 755 /usr/sbin/policy-rc.d
        status=0
        "$@" || status=$?
        as_root rm -f /usr/sbin/policy-rc.d
        return $status
}

apt_install() {
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install -y \
                --no-install-recommends "$@"
}

install_packages() {
        missing=
        for word in "$@"; do
                is_there "$word" || missing="$missing ${word%%=*}"
        done
        [ -n "$missing" ] || return 0
        say "installing$missing"
        as_root apt-get -qq update
        # Ubuntu 24.04 has no awscli package; the same program comes from Python's registry then.
        case " $missing " in
        *" awscli "*)
                if ! apt-cache show awscli >/dev/null 2>&1; then
                        missing=$(echo " $missing " | sed 's/ awscli / /')
                        install_awscli_from_python
                fi ;;
        esac
        # shellcheck disable=SC2086 # a list of words
        [ -z "${missing# }" ] || without_services apt_install $missing
}

install_awscli_from_python() {
        [ -x build/awscli/bin/aws ] && return 0
        say "this distribution has no awscli package: installing it into build/awscli with pip"
        apt_install python3-venv
        python3 -m venv build/awscli
        build/awscli/bin/pip --quiet install awscli || {
                rm -rf build/awscli
                say "pip could not install awscli: the tests that run the AWS CLI will fail on this machine"
        }
}

install_npm() {
        [ -e "$1/package-lock.json" ] || return 0
        if [ "$1/package-lock.json" -ot "$1/node_modules/.package-lock.json" ]; then
                return 0
        fi
        say "npm packages of $1"
        (cd "$1" && npm ci --no-audit --no-fund --loglevel=error)
}

# What a set's stamp stands for: this file and the npm locks.
fingerprint() {
        cat tools/setup.sh tests/sdk/package-lock.json tests/bench/cedar/package-lock.json 2>/dev/null |
                sha256sum | cut -c 1-16
}

mkdir -p build
hash=$(fingerprint)
for set in "$@"; do
        stamp=build/.setup-$set-$hash
        [ ! -e "$stamp" ] || continue
        case $set in
        build) packages=$build_packages npm= ;;
        check) packages=$check_packages npm= ;;
        test) packages=$test_packages npm=$test_npm ;;
        bench) packages=$bench_packages npm=$bench_npm ;;
        fuzz) packages=$fuzz_packages npm= ;;
        *)
                say "no set is called $set (build check test bench fuzz)"
                exit 2 ;;
        esac
        # shellcheck disable=SC2086 # a list of words
        install_packages $packages
        for folder in $npm; do
                install_npm "$folder"
        done
        rm -f build/.setup-"$set"-*
        touch "$stamp"
done
