#!/usr/bin/python3
"""A real SMTP server (aiosmtpd) for tests: STARTTLS or implicit TLS, AUTH, and recipients that are refused.

Prints its port, then one JSON line a mail as Python's email package reads it. Ends when standard input does.
Recipients (the part before the @): refused 550, later 451, spam 554 after the text, silent no answer after the text.
"""
import argparse
import asyncio
import json
import ssl
import sys
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP, AuthResult


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Handler:
    async def handle_MAIL(self, server, session, envelope, address, options):
        if address.startswith("stranger@"):
            return "550 5.7.1 not your address"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused@"):
            return "550 5.1.1 no such user"
        if address.startswith("later@"):
            return "451 4.7.1 greylisted, come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        to = envelope.rcpt_tos[0]
        mail = message_from_bytes(envelope.content, policy=policy.default)
        body = {kind: mail.get_body(preferencelist=(kind,)) for kind in ("plain", "html")}
        say(json.dumps({
            "from": envelope.mail_from,
            "to": to,
            "tls": session.ssl is not None,
            "user": session.auth_data.decode() if session.auth_data else None,
            "connection": id(session),
            "type": mail.get_content_type(),
            "headers": {name.lower(): str(value) for name, value in mail.items()},
            "text": body["plain"].get_content() if body["plain"] else None,
            "html": body["html"].get_content() if body["html"] else None,
            "defects": [str(defect) for part in mail.walk() for defect in part.defects],
            "longest_line": max(len(line) for line in envelope.content.split(b"\r\n")),
            "bare_line_feeds": envelope.content.replace(b"\r\n", b"").count(b"\n"),
        }))
        if to.startswith("spam@"):
            return "554 5.7.1 looks like spam"
        if to.startswith("silent@"):
            await asyncio.Event().wait()
        return "250 OK accepted"


async def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--tls", choices=("none", "starttls", "implicit"), default="none")
    arguments.add_argument("--cert")
    arguments.add_argument("--key")
    arguments.add_argument("--user", default="")
    arguments.add_argument("--password", default="")
    arguments.add_argument("--port", type=int, default=0)
    given = arguments.parse_args()

    tls = None
    if given.tls != "none":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(given.cert, given.key)

    def authenticate(server, session, envelope, mechanism, data):
        login, password = data.login.decode(), data.password.decode()
        if (login, password) != (given.user, given.password):
            return AuthResult(success=False, handled=False)
        return AuthResult(success=True, auth_data=data.login)

    def connection():
        return SMTP(Handler(), hostname="test", tls_context=tls if given.tls == "starttls" else None,
                    require_starttls=given.tls == "starttls", auth_required=bool(given.user),
                    auth_require_tls=given.tls == "starttls", authenticator=authenticate if given.user else None)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(connection, "127.0.0.1", given.port,
                                      ssl=tls if given.tls == "implicit" else None)
    say(str(server.sockets[0].getsockname()[1]))
    await loop.run_in_executor(None, sys.stdin.read)
    # Not waiting for connections that stay open.
    sys.stdout.flush()
    import os
    os._exit(0)


asyncio.run(main())
