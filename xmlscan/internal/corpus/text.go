// SPDX-License-Identifier: Apache-2.0

package corpus

import "strings"

var words = map[string][]string{
	"en": strings.Fields("the a we you they it that this when then meeting room server please look today later thanks build works again maybe other link see you'd think should could tomorrow morning call back from with about around there never always"),
	"de": strings.Fields("der die das wir sie es ist heute morgen später könnte müssen schön grüße über Straße vielleicht wieder Treffen um zehn Uhr bitte danke nochmal für weiß"),
	"ru": strings.Fields("привет сегодня завтра встреча сервер пожалуйста спасибо может быть снова посмотри ссылка работает комната когда потом думаю надо утром позвони"),
	"zh": strings.Fields("你好 今天 明天 会议 服务器 请 谢谢 可能 再次 看看 链接 可以 房间 什么时候 然后 我觉得 应该 早上 打电话"),
	"ja": strings.Fields("こんにちは 今日 明日 会議 サーバー お願いします ありがとう もう一度 見て リンク 部屋 いつ それから 思います 朝 電話"),
	"ar": strings.Fields("مرحبا اليوم غدا اجتماع الخادم من فضلك شكرا ربما مرة أخرى انظر رابط غرفة متى ثم أعتقد يجب صباحا اتصل"),
	"em": {"😀", "👍", "ok", "🎉", "see", "you", "❤️", "later", "🙏", "thanks"},
}

// text returns about n bytes of words of a language; now and then something in it is escaped.
func (r *rng) text(lang string, n int) string {
	var b strings.Builder
	list := words[lang]
	for b.Len() < n {
		if b.Len() > 0 && (lang != "zh" && lang != "ja" || r.below(4) == 0) {
			b.WriteByte(' ')
		}
		if r.below(40) == 0 {
			b.WriteString(r.one("&lt;b&gt;", "R&amp;D", "&quot;so&quot;", "isn&apos;t"))
			continue
		}
		b.WriteString(list[r.below(len(list))])
	}
	return b.String()
}

var (
	users     = strings.Fields("juliet romeo alice bob carol dave erin frank grace heidi ivan judy mallory nina oscar peggy rupert sybil trent victor walter xenia yuri zoe")
	domains   = strings.Fields("example.org example.net im.example.com chat.example xmpp.example.edu jabber.example")
	rooms     = strings.Fields("lobby support devel ops random coffee builds news")
	resources = strings.Fields("phone laptop Conversations.aB3x Gajim.7F2K9 dino.4f1b2c3d tablet balcony")
)

func (r *rng) bare() string { return r.one(users...) + "@" + r.one(domains...) }
func (r *rng) full() string { return r.bare() + "/" + r.one(resources...) }
func (r *rng) room() string { return r.one(rooms...) + "@conference." + r.one(domains...) }
func (r *rng) uuid() string {
	return r.hex(8) + "-" + r.hex(4) + "-" + r.hex(4) + "-" + r.hex(4) + "-" + r.hex(12)
}
