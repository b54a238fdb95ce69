"""Virtual MFA devices, and the codes that an app on a phone would show (RFC 6238)."""
import hashlib
import hmac
import itertools
import struct
import time

import base64

STEP_S = 30
_numbers = itertools.count(1)


def totp(seed, step):
    """The code of one step; seed in base32, as bytes or text."""
    digest = hmac.new(base64.b32decode(seed), struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[19] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7fffffff) % 1_000_000:06d}"


def step_now():
    return int(time.time()) // STEP_S


class Device:
    """One device. Codes are good once, and within a step of now: .code() gives the next one that is not used yet, and
    waits for its time to come near only when tests have used more than there are."""

    def __init__(self, iam, name=None, **more):
        self.name = name or f"device-{next(_numbers)}"
        answer = iam.create_virtual_mfa_device(VirtualMFADeviceName=self.name, **more)["VirtualMFADevice"]
        self.made, self.serial, self.seed = answer, answer["SerialNumber"], answer["Base32StringSeed"]
        self.used = 0

    def pair(self):
        """The codes of the step before this one and of this one: what is typed to enable it."""
        self.used = step_now()
        return totp(self.seed, self.used - 1), totp(self.seed, self.used)

    def enable(self, iam, user):
        first, second = self.pair()
        iam.enable_mfa_device(UserName=user, SerialNumber=self.serial, AuthenticationCode1=first,
                              AuthenticationCode2=second)
        return self

    def code(self):
        self.used = max(self.used + 1, step_now())
        while self.used > step_now() + 1:
            time.sleep(0.1)
        return totp(self.seed, self.used)

    def wrong_code(self):
        """One of none of the steps around now."""
        near = {totp(self.seed, step_now() + i) for i in range(-3, 5)}
        return next(code for code in ("000000", "111111", "222222", *map(str, range(333333, 333350))) if code not in near)


def root_device(account, **more):
    """A new device of the root user, enabled."""
    return Device(account.iam, **more).enable(account.iam, "root")


def user_device(account, user, **more):
    """A new device of an IAM user, enabled by the root user."""
    return Device(account.iam, **more).enable(account.iam, user.name)
