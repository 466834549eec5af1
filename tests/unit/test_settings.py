"""Settings come from the environment alone, and a value that cannot be used is named with its variable."""

import ssl

import pytest

from streams.settings import Kafka, Local, Settings, SettingsError, Shop, Sms, Web


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in ("BOOTSTRAP", "CACHE", "DATA"):
        monkeypatch.delenv(f"MILLRACE_{name}", raising=False)


def test_without_an_environment_everything_is_local():
    settings = Settings.load()
    assert settings.kafka.client_arguments() == {
        "bootstrap_servers": "127.0.0.1:9092",
        "security_protocol": "PLAINTEXT",
    }
    assert settings.web.reachable_host == "127.0.0.1"
    assert settings.local.cache.is_absolute()


def test_the_environment_is_read_and_an_argument_wins(monkeypatch):
    monkeypatch.setenv("MILLRACE_BOOTSTRAP", "kafka:1")
    monkeypatch.setenv("MILLRACE_WEB_PORT", "8080")
    assert Settings.load(bootstrap=None).kafka.bootstrap == "kafka:1"
    assert Settings.load(bootstrap="other:2").kafka.bootstrap == "other:2"
    assert Settings.load().web.port == 8080


def test_an_empty_variable_is_as_good_as_none(monkeypatch):
    monkeypatch.setenv("MILLRACE_BOOTSTRAP", "")
    assert Settings.load().kafka.bootstrap == "127.0.0.1:9092"


def test_a_home_folder_is_found_without_a_shell(monkeypatch):
    monkeypatch.setenv("MILLRACE_DATA", "~/tables")
    assert Settings.load().local.data.is_absolute()


def test_a_worker_that_listens_everywhere_is_reached_by_the_machines_name():
    assert Settings.load(host="0.0.0.0").web.reachable_host not in {"", "0.0.0.0"}


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("MILLRACE_WEB_PORT", "high", "MILLRACE_WEB_PORT=high: Input should be a valid integer.* (port to listen on"),
        ("MILLRACE_SMS_GATEWAY", "ftp://x", "MILLRACE_SMS_GATEWAY=ftp://x: "),
        ("MILLRACE_SECURITY_PROTOCOL", "TLS", "MILLRACE_SECURITY_PROTOCOL=TLS: Input should be 'PLAINTEXT', 'SSL'"),
        ("MILLRACE_SECURITY_PROTOCOL", "SASL_SSL", "SASL needs MILLRACE_SASL_USERNAME and MILLRACE_SASL_PASSWORD"),
        ("MILLRACE_SSL_CERT_FILE", "a.pem", "MILLRACE_SSL_CERT_FILE and MILLRACE_SSL_KEY_FILE go together"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_its_variable(monkeypatch, variable, value, words):
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    start, _, end = words.partition(".*")
    assert str(caught.value).startswith(start)
    assert end in str(caught.value)
    assert "\n" not in str(caught.value)


def test_sasl_and_tls_reach_the_client_and_the_password_stays_out_of_sight(monkeypatch):
    monkeypatch.setenv("MILLRACE_SASL_PASSWORD", "open sesame")
    kafka = Settings.load(security_protocol="SASL_SSL", sasl_username="shop").kafka
    arguments = kafka.client_arguments()
    assert arguments["sasl_plain_password"] == "open sesame"
    assert arguments["sasl_mechanism"] == "SCRAM-SHA-512"
    assert arguments["ssl_context"].verify_mode is ssl.CERT_REQUIRED
    assert "sesame" not in repr(kafka)


def test_a_certificate_that_is_not_there_is_named(tmp_path):
    kafka = Settings.load(security_protocol="SSL", ssl_ca_file=tmp_path / "missing.pem").kafka
    with pytest.raises(SettingsError, match="MILLRACE_SSL_CA_FILE"):
        kafka.client_arguments()


def test_every_setting_says_what_it_is_for_and_no_name_means_two_things():
    names = [name for group in (Kafka, Local, Web, Shop, Sms) for name in group.model_fields]
    assert len(names) == len(set(names))
    fields = [field for group in (Kafka, Local, Web, Shop, Sms) for field in group.model_fields.values()]
    assert all(field.description for field in fields)
