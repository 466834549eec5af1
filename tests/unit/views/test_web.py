import socket
from dataclasses import replace

import httpx
import pytest

from agents import inventory
from agents.web import listen, web
from streams.engine.app import ServiceApp
from streams.engine.config import EngineConfig
from streams.settings import Settings, SettingsError


def configured(port):
    app = ServiceApp(replace(inventory.service))
    app.configure(EngineConfig(connection={}, url=f"http://127.0.0.1:{port}"))
    return app


async def test_the_views_answer_while_the_worker_is_still_starting():
    app = configured(0)
    async with web(Settings.load())(app), httpx.AsyncClient(base_url=app.config.url) as client:
        assert (await client.get("/healthz")).status_code == 200
        ready = await client.get("/readyz")
        assert (ready.status_code, "starting" in ready.json()["reason"]) == (503, True)


async def test_a_port_that_was_found_is_the_one_that_others_are_told():
    app = configured(0)
    async with web(Settings.load())(app):
        assert not app.config.url.endswith(":0")
        assert app.config.url.startswith("http://127.0.0.1:")


def test_answers_do_not_wait_for_the_asker_to_acknowledge():
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_nothing_listens_any_more_when_the_worker_has_ended():
    app = configured(0)
    async with web(Settings.load())(app):
        pass
    async with httpx.AsyncClient(base_url=app.config.url) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("/healthz")


async def test_a_token_in_the_settings_is_asked_for(monkeypatch):
    monkeypatch.setenv("MILLRACE_WEB_TOKEN", "secret")
    app = configured(0)
    async with web(Settings.load())(app), httpx.AsyncClient(base_url=app.config.url) as client:
        assert (await client.get("/tables")).status_code == 401


async def test_a_port_that_is_taken_is_said_before_anything_is_started():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"cannot listen on 127.0.0.1:{port}"):
            async with web(Settings.load())(configured(port)):
                raise AssertionError


def test_an_address_that_is_not_this_machines_is_said():
    with pytest.raises(SettingsError, match=r"192\.0\.2\.1"):
        listen("192.0.2.1", 0)
