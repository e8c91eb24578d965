// SPDX-License-Identifier: Apache-2.0

package corpus

import (
	"fmt"
	"strings"
)

func chat(r *rng) string {
	lang := r.one("en", "en", "en", "en", "en", "en", "en", "en", "en", "en", "de", "de", "ru", "zh", "ja", "ar", "em")
	extra := r.one("", "<active xmlns='http://jabber.org/protocol/chatstates'/>",
		"<active xmlns='http://jabber.org/protocol/chatstates'/><request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/>",
		"<request xmlns='urn:xmpp:receipts'/><origin-id xmlns='urn:xmpp:sid:0' id='"+r.uuid()+"'/>")
	return fmt.Sprintf("<message from='%s' to='%s' type='chat' id='%s'%s><body>%s</body>%s</message>",
		r.full(), r.full(), r.uuid(), r.one("", " xml:lang='"+langTag(lang)+"'"), r.text(lang, r.between(10, 210)), extra)
}

func langTag(lang string) string {
	if lang == "em" {
		return "en"
	}
	return lang
}

func receipt(r *rng) string {
	return fmt.Sprintf("<message from='%s' to='%s' id='%s'%s><received xmlns='urn:xmpp:receipts' id='%s'/><store xmlns='urn:xmpp:hints'/></message>",
		r.full(), r.full(), r.uuid(), r.one("", " type='chat'"), r.uuid())
}

func presence(r *rng) string {
	show := r.one("", "", "<show>away</show>", "<show>dnd</show><status>"+r.text("en", 30)+"</status>")
	photo := r.one("", "<x xmlns='vcard-temp:x:update'><photo>"+r.hex(40)+"</photo></x>")
	return fmt.Sprintf("<presence from='%s' to='%s'>%s<priority>%d</priority><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://client.example/%s' ver='%s='/>%s</presence>",
		r.full(), r.bare(), show, r.below(50), r.hex(4), r.base64(27, 0), photo)
}

func roomMessage(r *rng) string {
	lang := r.one("en", "en", "en", "en", "de", "ru")
	room := r.room()
	return fmt.Sprintf("<message from='%s/%s' to='%s' type='groupchat' id='%s'><body>%s</body><stanza-id xmlns='urn:xmpp:sid:0' by='%s' id='%s'/><occupant-id xmlns='urn:xmpp:occupant-id:0' id='%s'/></message>",
		room, r.one(users...), r.full(), r.uuid(), r.text(lang, r.between(20, 240)), room, r.uuid(), r.base64(32, 0))
}

func roomPresence(r *rng) string {
	return fmt.Sprintf("<presence from='%s/%s' to='%s'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='%s' role='%s' jid='%s'/>%s</x><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://client.example' ver='%s='/></presence>",
		r.room(), r.one(users...), r.full(), r.one("none", "member", "owner"), r.one("participant", "moderator"), r.full(),
		r.one("", "<status code='110'/>", "<status code='100'/><status code='110'/>"), r.base64(27, 0))
}

func ping(r *rng) string {
	return fmt.Sprintf("<iq from='%s' to='%s' type='get' id='%s'><ping xmlns='urn:xmpp:ping'/></iq>", r.full(), r.one(domains...), r.hex(12))
}

func result(r *rng) string {
	return fmt.Sprintf("<iq from='%s' to='%s' type='result' id='%s'/>", r.one(domains...), r.full(), r.hex(12))
}

var features = strings.Fields("urn:xmpp:ping urn:xmpp:time urn:xmpp:mam:2 urn:xmpp:receipts urn:xmpp:jingle:1 urn:xmpp:carbons:2 jabber:iq:version http://jabber.org/protocol/bytestreams urn:xmpp:jingle:transports:ice-udp:1 http://jabber.org/protocol/xhtml-im jabber:x:conference http://jabber.org/protocol/caps http://jabber.org/protocol/disco#info http://jabber.org/protocol/disco#items http://jabber.org/protocol/chatstates http://jabber.org/protocol/muc http://jabber.org/protocol/nick+notify urn:xmpp:avatar:metadata+notify eu.siacs.conversations.axolotl.devicelist+notify urn:xmpp:jingle:apps:rtp:audio urn:xmpp:chat-markers:0 urn:xmpp:message-correct:0")

func info(r *rng, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<iq from='%s' to='%s' type='result' id='%s'><query xmlns='http://jabber.org/protocol/disco#info' node='https://client.example/%s#%s='><identity category='client' type='phone' name='Client %s'/>",
		r.full(), r.full(), r.hex(12), r.hex(4), r.base64(27, 0), r.hex(4))
	for range n {
		fmt.Fprintf(&b, "<feature var='%s'/>", features[r.below(len(features))])
	}
	b.WriteString("</query></iq>")
	return b.String()
}

func disco(r *rng) string      { return info(r, r.between(8, 16)) }
func discoLarge(r *rng) string { return info(r, r.between(10, 20)) }

func pubsub(r *rng) string {
	return fmt.Sprintf("<message from='%s' to='%s' type='headline' id='%s'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='%s'><item id='%s' publisher='%s'><entry xmlns='http://www.w3.org/2005/Atom'><title>%s</title><summary>%s</summary><link rel='alternate' type='text/html' href='https://news.example/%s'/><id>tag:news.example,2026:%s</id><published>2026-11-22T08:%02d:00Z</published></entry></item></items></event></message>",
		"pubsub."+r.one(domains...), r.full(), r.uuid(), "urn:xmpp:microblog:0", r.uuid(), r.bare(), r.text("en", 30), r.text("en", r.between(80, 250)), r.hex(10), r.uuid(), r.below(60))
}

func omemo(r *rng) string {
	var keys strings.Builder
	for range r.between(2, 6) {
		fmt.Fprintf(&keys, "<key rid='%d'%s>%s==</key>", r.below(1<<31-1), r.one("", "", " prekey='true'"), r.base64(r.between(60, 180), 0))
	}
	return fmt.Sprintf("<message from='%s' to='%s' type='chat' id='%s'><encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='%d'>%s<iv>%s</iv></header><payload>%s</payload></encrypted><encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl' name='OMEMO'/><store xmlns='urn:xmpp:hints'/></message>",
		r.full(), r.full(), r.uuid(), r.below(1<<31-1), keys.String(), r.base64(16, 0), r.base64(r.between(40, 300), 0))
}

func jingle(r *rng) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<iq from='%s' to='%s' type='set' id='%s'><jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' initiator='%s' sid='%s'><content creator='initiator' name='0' senders='both'><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'>",
		r.full(), r.full(), r.hex(12), r.full(), r.hex(16))
	for i := range 6 {
		fmt.Fprintf(&b, "<payload-type id='%d' name='%s' clockrate='%d' channels='1'/>", 96+i, r.one("opus", "speex", "G722", "PCMU"), 8000*r.between(1, 6))
	}
	b.WriteString("</description><transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' pwd='" + r.hex(22) + "' ufrag='" + r.hex(4) + "'>")
	for i := range r.between(3, 6) {
		fmt.Fprintf(&b, "<candidate component='%d' foundation='%d' generation='0' id='%s' ip='10.0.%d.%d' network='0' port='%d' priority='%d' protocol='udp' type='%s'/>",
			1+i%2, i, r.hex(10), r.below(256), r.below(256), r.between(1024, 65535), r.below(1<<31-1), r.one("host", "srflx"))
	}
	b.WriteString("</transport></content></jingle></iq>")
	return b.String()
}

func fileOffer(r *rng) string {
	return fmt.Sprintf("<iq from='%s' to='%s' type='set' id='%s'><si xmlns='http://jabber.org/protocol/si' id='%s' mime-type='image/jpeg' profile='http://jabber.org/protocol/si/profile/file-transfer'><file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='IMG_%d.jpg' size='%d' hash='%s' date='2026-11-22T08:00:00Z'><desc>%s</desc><range/></file><feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='form'><field var='stream-method' type='list-single'><option><value>http://jabber.org/protocol/bytestreams</value></option><option><value>http://jabber.org/protocol/ibb</value></option></field></x></feature></si></iq>",
		r.full(), r.full(), r.hex(12), r.hex(8), r.below(10000), r.below(1<<24), r.hex(32), r.text("en", 40))
}

func prefixed(r *rng) string {
	return fmt.Sprintf("<message from='%s' to='%s' id='%s' type='chat'><g:geoloc xmlns:g='http://jabber.org/protocol/geoloc' xml:lang='en'><g:accuracy>%d</g:accuracy><g:country>Italy</g:country><g:lat>45.%d</g:lat><g:lon>12.%d</g:lon></g:geoloc><body>%s</body></message>",
		r.full(), r.bare(), r.uuid(), r.below(100), r.below(10000), r.below(10000), r.text("en", 30))
}

func vcard(r *rng, n int) string {
	fold := 0
	if r.below(2) == 0 {
		fold = 76
	}
	return fmt.Sprintf("<iq from='%s' to='%s' type='result' id='%s'><vCard xmlns='vcard-temp'><FN>%s</FN><NICKNAME>%s</NICKNAME><PHOTO><TYPE>image/png</TYPE><BINVAL>%s</BINVAL></PHOTO></vCard></iq>",
		r.bare(), r.full(), r.hex(12), r.text("en", 12), r.one(users...), r.base64(n, fold))
}

func card(r *rng) string   { return vcard(r, r.between(20000, 32000)) }
func avatar(r *rng) string { return vcard(r, r.between(20000, 40600)) }

func small(r *rng) string {
	return fmt.Sprintf("<message from='%s' to='%s' type='chat' id='%s'><body>%s</body></message>", r.full(), r.full(), r.hex(12), r.text("en", r.between(5, 70)))
}

func intl(r *rng) string {
	return fmt.Sprintf("<message from='%s' to='%s' type='chat' id='%s'><body>%s</body></message>", r.full(), r.full(), r.hex(12), r.text(r.one("ru", "zh", "ja", "ar"), r.between(150, 470)))
}

// deep is markup and little else: nesting 13 to 41, up to 6 attributes on each element.
func deep(r *rng) string {
	var b, ends strings.Builder
	fmt.Fprintf(&b, "<iq from='%s' to='%s' type='set' id='%s'>", r.full(), r.full(), r.hex(12))
	var names []string
	for range r.between(12, 41) {
		name := r.one("a", "node", "x", "item", "urn-element")
		b.WriteString("<" + name)
		attrs(r, &b)
		b.WriteString(">")
		if r.below(3) == 0 {
			b.WriteString("<" + r.one("i", "leaf", "opt"))
			attrs(r, &b)
			b.WriteString("/>")
		}
		names = append(names, name)
	}
	for i := len(names) - 1; i >= 0; i-- {
		ends.WriteString("</" + names[i] + ">")
	}
	return b.String() + ends.String() + "</iq>"
}

func attrs(r *rng, b *strings.Builder) {
	for i := range r.below(7) {
		fmt.Fprintf(b, " %s%d='%s'", r.one("k", "v", "opt"), i, r.hex(r.between(0, 11)))
	}
}
