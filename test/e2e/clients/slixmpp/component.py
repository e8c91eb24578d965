# SPDX-License-Identifier: Apache-2.0
"""A component on slixmpp. ../README.md says what the lines it reads and writes mean."""

import logging
import os
import sys

from slixmpp import ComponentXMPP

DISCO = "http://jabber.org/protocol/disco#info"


def say(*fields):
    print("\t".join(str(f) for f in fields), flush=True)


class KeepaliveLog(logging.Handler):
    """slixmpp tells whether a keepalive was answered in its debug log only."""

    def emit(self, record):
        text = record.getMessage()
        if text.startswith("Keepalive RTT"):
            say("alive")
        elif text.startswith("Did not receive ping back"):
            say("dead")


class Component(ComponentXMPP):
    def __init__(self, host, port, name, secret):
        super().__init__(name, secret, host, port)
        # With a CA's file in the environment it speaks TLS, with a certificate of its own if there is one.
        self.ca_certs = os.environ.get("COMPONENT_CA")
        self.certfile = os.environ.get("COMPONENT_CERT")
        self.keyfile = os.environ.get("COMPONENT_KEY")
        self.register_plugin("xep_0030")
        self.register_plugin("xep_0199")
        self["xep_0030"].add_identity(category="component", itype="generic", name="slixmpp")
        self.add_event_handler("session_start", lambda _: say("online"))
        self.add_event_handler("disconnected", lambda _: say("offline"))
        self.add_event_handler("message", lambda m: say("message", m["from"], m["body"]))
        self.add_event_handler("presence_available", lambda p: say("presence", p["from"]))
        self.add_event_handler("presence_error", self.stanza_error)
        self.add_event_handler("message_error", self.stanza_error)

    @staticmethod
    def stanza_error(stanza):
        say("error", stanza["from"], stanza["id"], stanza["error"]["condition"])

    def disco(self, to, id):
        iq = self.make_iq_get(queryxmlns=DISCO, ito=to, ifrom=self.boundjid)
        iq["id"] = id
        iq.send(callback=self.disco_answer)

    def disco_answer(self, iq):
        if iq["type"] == "error":
            self.stanza_error(iq)
            return
        identity = iq.xml.find("{%s}query/{%s}identity" % (DISCO, DISCO))
        say("result", iq["from"], iq["id"], identity.get("name"))

    def command(self, verb, *args):
        bot = "bot@" + self.boundjid.host
        if verb == "connect":
            self.connect(use_ssl=self.ca_certs is not None)
        elif verb == "close":
            self.disconnect()
        elif verb == "message":
            self.send_message(mto=args[0], mbody=args[1], mfrom=bot, mtype="chat")
        elif verb == "presence":
            self.send_presence(pto=args[0], pfrom=bot)
        elif verb == "iq":
            self.disco(*args)
        elif verb == "keepalive":
            self["xep_0199"].enable_keepalive(interval=1, timeout=5)
        else:
            raise ValueError(verb)


def main():
    host, port, name, secret = sys.argv[1:]
    pings = logging.getLogger("slixmpp.plugins.xep_0199.ping")
    pings.setLevel(logging.DEBUG)
    pings.propagate = False
    pings.addHandler(KeepaliveLog())
    component = Component(host, int(port), name, secret)
    pending = b""

    def readable():
        nonlocal pending
        data = os.read(0, 65536)
        if not data:
            component.loop.remove_reader(0)
            component.loop.stop()
            return
        *lines, pending = (pending + data).split(b"\n")
        for line in lines:
            component.command(*line.decode().split("\t"))

    component.loop.add_reader(0, readable)
    component.loop.run_forever()


main()
