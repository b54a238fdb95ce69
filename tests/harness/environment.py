"""A process environment without the machine's own AWS settings, proxies or Python paths."""
import os

KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS")


def clean_environment(home, **more):
    env = {name: os.environ[name] for name in KEPT if name in os.environ}
    env.update({
        "HOME": str(home),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "AWS_MAX_ATTEMPTS": "1",
        "NO_PROXY": "127.0.0.1,localhost",
    })
    env.update(more)
    return env


def forget_machine_settings():
    """Takes out of this process what would let boto3 find keys or endpoints of the machine it runs on."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "BOTO_", "MERLON_")) and name not in ("MERLON_BINARY", "MERLON_AWS"):
            del os.environ[name]
        if name.lower() in ("http_proxy", "https_proxy", "all_proxy"):
            del os.environ[name]
    os.environ.update({
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "NO_PROXY": "127.0.0.1,localhost",
    })
