#!/bin/sh
# A one-machine Ceph to measure against, from Debian's packages: a monitor, an OSD that keeps all in memory, and an S3
# gateway (radosgw). Loopback only; no authentication inside the cluster, which favours it.
#
#   ceph.sh up DIR MON-PORT S3-PORT     all of it in DIR; the S3 user's keys are AK and SK
#   ceph.sh down DIR                    returns when its processes have ended
set -eu

# Nothing of it is wanted any more, so it need not end softly.
stop() {
        for file in "$1"/run/*.pid; do
                [ -f "$file" ] || continue
                pid=$(cat "$file")
                kill -9 "$pid" 2>/dev/null || continue
                while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
                rm -f "$file"
        done
}

# Sizes as small as one OSD wants them; logs at a level that costs little, as the server measured beside it has.
write_configuration() {
        cat >"$1/ceph.conf" <<END
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon_host = v1:127.0.0.1:$2
mon_initial_members = a
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pgp_num = 8
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
run_dir = $1/run
pid_file = $1/run/\$name.pid
admin_socket = $1/run/\$name.asok
log_file = $1/\$name.log
debug_rgw = 0
debug_ms = 0
mon_data = $1/mon
mon_data_avail_warn = 1
mon_data_avail_crit = 1
[osd]
osd_objectstore = memstore
memstore_device_bytes = 8589934592
osd_data = $1/osd
[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:$3
rgw_data = $1/rgw
rgw_dns_name = localhost
END
}

wait_for() {
        for _ in $(seq 120); do
                if "$@" >/dev/null 2>&1; then
                        return
                fi
                sleep 0.25
        done
        echo "ceph.sh: not there after 30 s: $*" >&2
        exit 1
}

# Debian's daemons give up root for a user that may not write here; started by another user they need not.
start() {
        conf=$1/ceph.conf
        mkdir -p "$1/mon" "$1/osd" "$1/rgw" "$1/run"
        write_configuration "$@"
        as=
        [ "$(id -u)" != 0 ] || as="--setuser root --setgroup root"
        monmaptool --create --addv a "v1:127.0.0.1:$2" --fsid "$(sed -n 's/^fsid = //p' "$conf")" "$1/monmap" >/dev/null
        ceph-authtool --create-keyring "$1/keyring" --gen-key -n mon. --cap mon 'allow *' >/dev/null
        ceph-mon -c "$conf" --mkfs -i a --monmap "$1/monmap" --keyring "$1/keyring"
        # shellcheck disable=SC2086 # words
        ceph-mon -c "$conf" -i a $as 2>/dev/null
        wait_for timeout 5 ceph -c "$conf" -s
        uuid=$(cat /proc/sys/kernel/random/uuid)
        osd=$(ceph -c "$conf" osd new "$uuid" 2>/dev/null)
        # shellcheck disable=SC2086
        ceph-osd -c "$conf" -i "$osd" --mkfs --osd-uuid "$uuid" $as >/dev/null 2>&1
        # shellcheck disable=SC2086
        ceph-osd -c "$conf" -i "$osd" $as >/dev/null 2>&1
        # shellcheck disable=SC2086
        radosgw -c "$conf" -n client.rgw $as
        wait_for curl -fs -o /dev/null "http://127.0.0.1:$3"
        radosgw-admin -c "$conf" user create --uid=main --display-name=main --access-key=AK --secret-key=SK >/dev/null
}

verb=$1
folder=$(mkdir -p "$2" && cd "$2" && pwd)
case $verb in
up)
        trap '[ $? = 0 ] || stop "$folder"' EXIT
        start "$folder" "$3" "$4" ;;
down) stop "$folder" ;;
esac
