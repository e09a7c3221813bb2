"""Encrypted connections, with a certificate that the user trusts by SSL_CERT_FILE or by an option."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import myna
from tests.client.driving import client_of, collect
from tests.client.peers import Talk, chunk, done, echo_speech, peer

pytestmark = pytest.mark.usefixtures("no_leaks", "no_tasks_left")
VOICE = "11111111-2222-4333-8444-555555555555"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "myna test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "cert.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def serving(certificate, script):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return peer(script, ssl=context)


async def many(talk: Talk) -> None:
    context_id = (await talk.hear())["context_id"]
    for number in range(100):
        await talk.say(chunk(context_id, bytes([number]) * 20_000))
    await talk.say(done(context_id))
    await talk.hold()


async def test_a_certificate_that_the_environment_trusts(side, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with serving(certificate, many) as server:
        client = client_of(side, base_url=server.url.replace("http:", "https:"))
        async with client.tts.websocket_connect() as connection:
            context = connection.context(voice=VOICE)
            await context.push("x" * 500_000, continue_=False)
            events = await asyncio.wait_for(collect(context.receive()), 30)
        await client.close()
    assert [event.audio[0] for event in events[:-1]] == list(range(100)) and events[-1].type == "done"


async def test_settings_of_ones_own(side, certificate):
    trusting = ssl.create_default_context(cafile=str(certificate))
    with serving(certificate, echo_speech) as server:
        client = client_of(side, base_url=server.url.replace("http:", "wss:"))
        options = {"ssl": trusting}
        async with client.tts.websocket_connect(websocket_connection_options=options) as connection:
            context = connection.context(voice=VOICE)
            await context.push("x", continue_=False)
            assert len(await collect(context.receive())) == 4
        await client.close()


async def test_a_certificate_that_nobody_trusts(side, certificate):
    with serving(certificate, echo_speech) as server:
        client = client_of(side, base_url=server.url.replace("http:", "https:"))
        with pytest.raises(myna.APIConnectionError, match="certificate"):
            await client.tts.websocket_connect().enter()
        await client.close()
