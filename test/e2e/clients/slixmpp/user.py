# SPDX-License-Identifier: Apache-2.0
"""A user on slixmpp, logged in at a real server. ../README.md says what the lines it reads and writes mean."""

import asyncio
import os
import sys

from slixmpp import ClientXMPP

DISCO = "http://jabber.org/protocol/disco#info"
LONG = 1000  # a body longer than this is told by its length


def say(*fields):
    print("\t".join(str(f) for f in fields), flush=True)


class User(ClientXMPP):
    def __init__(self, host, port, jid, password):
        plain = {"feature_mechanisms": {"unencrypted_plain": True}}
        super().__init__(jid, password, plugin_config=plain)
        self.address = (host, int(port))
        self.register_plugin("xep_0030")
        self.add_event_handler("session_start", self.online)
        self.add_event_handler("disconnected", lambda _: say("offline"))
        self.add_event_handler("message", self.message)
        self.add_event_handler("message_error", self.stanza_error)
        self.add_event_handler("presence_available", self.presence)
        self.add_event_handler("presence_error", self.stanza_error)

    def online(self, _):
        self.send_presence()
        say("online")

    def message(self, stanza):
        body = stanza["body"]
        say("message", stanza["from"], body if len(body) <= LONG else len(body))
        self.payloads(stanza)

    def presence(self, stanza):
        if stanza["from"].bare != self.boundjid.bare:
            say("presence", stanza["from"])
            self.payloads(stanza)

    @staticmethod
    def payloads(stanza):
        """What a stanza holds beyond the core's own elements."""
        for child in stanza.xml:
            if not child.tag.startswith("{jabber:client}"):
                say("payload", stanza["from"], child.tag, "".join(child.itertext()))

    @staticmethod
    def stanza_error(stanza):
        say("error", stanza["from"], stanza["id"], stanza["error"]["condition"])

    def disco(self, to, id):
        iq = self.make_iq_get(queryxmlns=DISCO, ito=to)
        iq["id"] = id
        iq.send(callback=self.disco_answer)

    def disco_answer(self, iq):
        if iq["type"] == "error":
            self.stanza_error(iq)
            return
        identity = iq.xml.find("{%s}query/{%s}identity" % (DISCO, DISCO))
        say("result", iq["from"], iq["id"], identity.get("name"))

    async def flood(self, to, count, rate):
        """Messages with the ids 1 to count, so many a second."""
        for i in range(1, count + 1):
            m = self.make_message(mto=to, mbody="flood %d" % i, mtype="chat")
            m["id"] = str(i)
            m.send()
            if i % 10 == 0:
                await asyncio.sleep(10 / rate)
        say("flooded", count)

    def command(self, verb, *args):
        if verb == "connect":
            self.connect(self.address, disable_starttls=True, force_starttls=False)
        elif verb == "close":
            self.disconnect()
        elif verb == "message":
            self.send_message(mto=args[0], mbody=args[1], mtype="chat")
        elif verb == "big":
            self.send_message(mto=args[0], mbody="x" * int(args[1]), mtype="chat")
        elif verb == "presence":
            self.send_presence(pto=args[0])
        elif verb == "iq":
            self.disco(*args)
        elif verb == "raw":
            self.send_raw(args[0])
        elif verb == "flood":
            asyncio.ensure_future(self.flood(args[0], int(args[1]), int(args[2])))
        else:
            raise ValueError(verb)


def main():
    user = User(*sys.argv[1:])
    pending = b""

    def readable():
        nonlocal pending
        data = os.read(0, 65536)
        if not data:
            user.loop.remove_reader(0)
            user.loop.stop()
            return
        *lines, pending = (pending + data).split(b"\n")
        for line in lines:
            user.command(*line.decode().split("\t"))

    user.loop.add_reader(0, readable)
    user.loop.run_forever()


main()
