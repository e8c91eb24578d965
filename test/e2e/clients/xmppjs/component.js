// SPDX-License-Identifier: Apache-2.0

// A component on @xmpp/component. ../README.md says what the lines it reads and writes mean.
// The library is found through NODE_PATH: it is installed outside the source tree.
"use strict"

const { component, xml } = require("@xmpp/component")
const readline = require("readline")

const DISCO = "http://jabber.org/protocol/disco#info"
const [host, port, name, secret] = process.argv.slice(2)
const bot = "bot@" + name

const say = (...fields) => process.stdout.write(fields.join("\t") + "\n")

const xmpp = component({ service: `xmpp://${host}:${port}`, domain: name, password: secret })

xmpp.on("online", () => say("online"))
xmpp.on("disconnect", () => say("offline"))
xmpp.on("error", (err) => console.error("error event:", err.message))

xmpp.on("stanza", (stanza) => {
  const { from, type, id } = stanza.attrs
  if (type === "error") {
    const condition = stanza.getChild("error").children.find((c) => c.name !== "text")
    say("error", from, id, condition.name)
  } else if (stanza.is("message")) {
    say("message", from, stanza.getChildText("body"))
  } else if (stanza.is("presence")) {
    say("presence", from)
  } else if (stanza.is("iq") && type === "result") {
    say("result", from, id, stanza.getChild("query", DISCO).getChild("identity").attrs.name)
  }
})

xmpp.iqCallee.get(DISCO, "query", () =>
  xml("query", { xmlns: DISCO }, xml("identity", { category: "component", type: "generic", name: "xmppjs" })),
)

const commands = {
  connect: () => xmpp.start(),
  close: () => xmpp.stop(),
  message: (to, body) => xmpp.send(xml("message", { type: "chat", from: bot, to }, xml("body", {}, body))),
  presence: (to) => xmpp.send(xml("presence", { from: bot, to })),
  iq: (to, id) => xmpp.send(xml("iq", { type: "get", from: name, to, id }, xml("query", { xmlns: DISCO }))),
}

readline
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    const [verb, ...args] = line.split("\t")
    commands[verb](...args).catch((err) => console.error(verb, "failed:", err.message))
  })
  .on("close", () => process.exit(0))
