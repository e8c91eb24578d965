// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"strings"
	"testing"
)

const sampleMarkdown = "# Configuration\n\nIt is *one* file,\nread by `gate -config FILE`:\n\n```toml\n[a]\n  b = \"c\\\\d\"\n\n.dot\n```\n\n" +
	"- first of\n  two lines\n- second, see [the page](OTHER.md) or [it](https://a.example/x)\n\n## `[table]`\n\n```toml\n[table]\n```\n\n" +
	"### `table.key`\n* **Allowed:** anything\n\n| name | what | why |\n| --- | --- | --- |\n| `x-y` | a | b |\n\nThe end.\n"

func TestMarkdownReadsAsMeant(t *testing.T) {
	var b strings.Builder
	if err := MarkdownPage(&b, Title{"gate.toml", "5", "the configuration"}, sampleMarkdown, "gate(1)"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\n.SH \"DESCRIPTION\"\nIt is \\fIone\\fR file, read by \\fBgate \\-config FILE\\fR:\n",
		"\n.nf\n[a]\n  b = \"c\\e\\ed\"\n\n\\&.dot\n.fi\n",
		".IP \\(bu 2\nfirst of two lines\n.IP \\(bu 2\nsecond, see the page or it (https://a.example/x)\n",
		".SH \"[table]\"\n.RS 4\n", ".SS \"table.key\"\n.IP \\(bu 2\n\\fBAllowed:\\fR anything\n",
		".TP\n\\fBx\\-y\\fR\na; b\n.PP\nThe end.\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page has no %q:\n%s", want, b.String())
		}
	}
	rendered(t, b.String())
}
