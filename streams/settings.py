"""Every setting of Millrace, and the only reader of the environment. Read once, at the edge: agents/, the command line.

A setting's variable is its group's prefix and its name in capitals: `bootstrap` of `Kafka` is MILLRACE_BOOTSTRAP,
`port` of `Web` is MILLRACE_WEB_PORT. To add one, add a field with its unit and reason to its group; nothing else.
"""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Folder = Annotated[Path, AfterValidator(Path.expanduser)]  # `~` is the user's home, also where no shell expanded it


class SettingsError(Exception):
    """A variable holds what it cannot hold; the message names it, its value and what it is for."""


class Group(BaseSettings):
    """Settings that are read together; frozen, so that nobody changes them behind another's back."""

    model_config = SettingsConfigDict(
        env_prefix="MILLRACE_", frozen=True, extra="forbid", env_ignore_empty=True, validate_default=True
    )


G = TypeVar("G", bound=Group)


class Kafka(Group):
    """How to reach Kafka. Plain and local by default, as the embedded broker is."""

    bootstrap: str = Field(
        "127.0.0.1:9092", min_length=1, description="host:port of one or more brokers, commas between"
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="SSL encrypts, SASL says who one is"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="how the password is proven; PLAIN only with SASL_SSL"
    )
    sasl_username: str | None = Field(None, description="needed with SASL")
    sasl_password: SecretStr | None = Field(None, description="needed with SASL")
    ssl_ca_file: Path | None = Field(None, description="certificates to trust (PEM); without it, the system's")
    ssl_cert_file: Path | None = Field(None, description="this client's certificate (PEM), where brokers ask for one")
    ssl_key_file: Path | None = Field(None, description="the key of that certificate (PEM)")
    ssl_key_password: SecretStr | None = Field(None, description="opens the key file, where it is encrypted")
    replication: int = Field(
        1, ge=1, description="copies of each partition of a topic created here; 3 outlives a broker"
    )
    compression: Literal["none", "gzip", "snappy", "lz4", "zstd"] = Field(
        "none", description="of the record batches that workers write: less disk and network for more processor"
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.security_protocol.startswith("SASL") and not (self.sasl_username and self.sasl_password):
            msg = "SASL needs MILLRACE_SASL_USERNAME and MILLRACE_SASL_PASSWORD"
            raise ValueError(msg)
        if (self.ssl_cert_file is None) != (self.ssl_key_file is None):
            msg = "MILLRACE_SSL_CERT_FILE and MILLRACE_SSL_KEY_FILE go together"
            raise ValueError(msg)
        return self

    def client_arguments(self) -> dict[str, Any]:
        """Keyword arguments for any aiokafka client. Raises SettingsError when a certificate file cannot be read."""
        arguments: dict[str, Any] = {"bootstrap_servers": self.bootstrap, "security_protocol": self.security_protocol}
        if self.security_protocol.startswith("SASL"):
            assert self.sasl_password is not None
            arguments["sasl_mechanism"] = self.sasl_mechanism
            arguments["sasl_plain_username"] = self.sasl_username
            arguments["sasl_plain_password"] = self.sasl_password.get_secret_value()
        if self.security_protocol.endswith("SSL"):
            arguments["ssl_context"] = self.ssl_context()
        return arguments

    def ssl_context(self) -> ssl.SSLContext:
        """TLS that checks the broker's name. Raises SettingsError when a file named here cannot be read."""
        try:
            context = ssl.create_default_context(cafile=self.ssl_ca_file)
            if self.ssl_cert_file is not None:
                password = self.ssl_key_password.get_secret_value() if self.ssl_key_password else None
                context.load_cert_chain(self.ssl_cert_file, self.ssl_key_file, password)
        except OSError as error:  # SSLError is one
            msg = f"cannot use the files of MILLRACE_SSL_CA_FILE, _CERT_FILE or _KEY_FILE: {error}"
            raise SettingsError(msg) from error
        return context


class Local(Group):
    """Where a process keeps its files."""

    data: Folder = Field(
        Path(".millrace"), description="folder of the services' tables (RocksDB); Kafka can rebuild them"
    )
    standbys: int = Field(
        0, ge=0, description="warm copies of each partition's rows on other workers, for a takeover without a replay"
    )
    cache: Folder = Field(
        Path("~/.cache/millrace"), description="folder of what is fetched once: the embedded Kafka's jars"
    )


class Web(Group):
    """The HTTP side of a worker: views, intake, health, metrics."""

    model_config = SettingsConfigDict(env_prefix="MILLRACE_WEB_")

    host: str = Field("127.0.0.1", description="address to listen on; views are not for strangers, so not all of them")
    port: int = Field(
        0, ge=0, le=65535, description="port to listen on; 0: the service's own, see `millrace worker --help`"
    )
    advertised_host: str | None = Field(
        None,
        description="name by which other workers reach this one; without it, `host`, or the machine's name for 0.0.0.0",
    )
    token: SecretStr | None = Field(
        None, description="secret that all workers of a shop share: asked for as `Authorization: Bearer ...` if given"
    )

    @property
    def reachable_host(self) -> str:
        """The name to tell other workers."""
        return self.advertised_host or (socket.gethostname() if self.host in {"0.0.0.0", "::"} else self.host)  # noqa: S104


class Shop(Group):
    """What the shop decides for itself."""

    order_time_limit_s: int = Field(
        900, ge=1, description="seconds of event time for stock and payment, then cancelled"
    )
    payment_required: Literal["with_card", "always", "never"] = Field(
        "with_card", description="which orders wait for their payment; the others are paid on account"
    )

    fraud_precision: float = Field(
        0.90, ge=0.5, lt=1, description="of the transactions called fraud, the share that is to be fraud; labels tell"
    )

    @property
    def order_time_limit_ms(self) -> int:
        """The same in milliseconds, as rules count."""
        return self.order_time_limit_s * 1000


class Sms(Group):
    """The gateway that sends text messages, and how gently it is treated."""

    model_config = SettingsConfigDict(env_prefix="MILLRACE_SMS_")

    gateway: str = Field(
        "http://127.0.0.1:8025/messages", pattern="^https?://", description="URL that takes a POST a message"
    )
    timeout_s: float = Field(
        5.0, gt=0, description="seconds for one attempt; a gateway that hangs must not hold the rest"
    )
    attempts: int = Field(5, ge=1, description="tries of one message, with growing pauses, before SmsFailed")
    concurrency: int = Field(8, ge=1, description="messages on their way at the same time")


class Log(Group):
    """What a running process tells on standard error."""

    model_config = SettingsConfigDict(env_prefix="MILLRACE_LOG_")

    format: Literal["text", "json"] = Field(
        "text", description="text is for people, json for machines: one object a line"
    )
    level: Literal["debug", "info", "warning", "error"] = Field("info", description="from here on it is told")


class Chaos(Group):
    """For tests of faults only."""

    fault: str | None = Field(
        None, description="`point` or `point:n` of streams/engine/faults.py: the worker kills itself there"
    )


@dataclass(frozen=True)
class Settings:
    """All groups. `Settings.load()` once; pass on the group that is needed."""

    kafka: Kafka
    local: Local
    web: Web
    shop: Shop
    sms: Sms
    log: Log
    chaos: Chaos

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Read the environment; `overrides`, by field name, win unless None. Raises a readable SettingsError."""
        given = {name: value for name, value in overrides.items() if value is not None}
        return cls(
            kafka=_read(Kafka, given),
            local=_read(Local, given),
            web=_read(Web, given),
            shop=_read(Shop, given),
            sms=_read(Sms, given),
            log=_read(Log, given),
            chaos=_read(Chaos, given),
        )


def _read(group: type[G], given: dict[str, Any]) -> G:
    try:
        return group(**{name: value for name, value in given.items() if name in group.model_fields})
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(group, problem) for problem in error.errors())) from None


def _explain(group: type[Group], problem: Any) -> str:
    """`MILLRACE_WEB_PORT=abc: ... (what it is for)`; a rule between fields names its variables itself."""
    if not problem["loc"]:
        return str(problem["msg"]).removeprefix("Value error, ")
    name = str(problem["loc"][0])
    variable = f"{group.model_config.get('env_prefix', '')}{name}".upper()
    field = group.model_fields[name]
    value = "" if "password" in name or name == "token" else f"={problem['input']}"
    return f"{variable}{value}: {problem['msg']} ({field.description})"
