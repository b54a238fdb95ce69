"""Keys, as tests pass them around."""
from typing import NamedTuple, Optional


class Credentials(NamedTuple):
    access_key: str
    secret_key: str
    token: Optional[str] = None

    @classmethod
    def of(cls, answer):
        """From the Credentials or AccessKey structure of an AWS answer."""
        return cls(answer["AccessKeyId"], answer["SecretAccessKey"], answer.get("SessionToken"))

    def for_client(self):
        return {
            "aws_access_key_id": self.access_key,
            "aws_secret_access_key": self.secret_key,
            "aws_session_token": self.token,
        }

    def for_environment(self):
        env = {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}
        if self.token:
            env["AWS_SESSION_TOKEN"] = self.token
        return env
