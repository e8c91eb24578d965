// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"weir/internal/xmpptest"
)

// walkSite gives the commands of the manual a machine to themselves: network, processes, and what the servers' packages have put
// into /etc and /var are copies that are gone at the end. What needs an init system is done by hand.
const walkSite = `set -e
ip link set lo up
own() { # a folder that is a copy from now on
	[ -d "$1" ] || mkdir -p "$1"
	mkdir -p "$SITE$1"
	cp -a "$1/." "$SITE$1/"
	chown --reference="$1" "$SITE$1"
	mount --bind "$SITE$1" "$1"
}
apt-get() { :; }
systemctl() {
	case "$2" in
	prosody) chown prosody: /run/prosody; su -s /bin/sh prosody -c 'exec prosody -F' >"$SITE/server.log" 2>&1 & ;;
	ejabberd) chown ejabberd: /run/ejabberd; ejabberdctl foreground >"$SITE/server.log" 2>&1 & ;;
	esac
	up=no
	for _ in $(seq 300); do
		if ss -ltn | grep -q :5347; then up=yes; break; fi
		sleep 0.1
	done
	[ $up = yes ] || { cat "$SITE/server.log"; exit 1; }
}
for d in etc var/lib var/log run; do own /$d/$KIND; done
`

// walkRest is what the page says in words: weir runs, and then the bot, and then alice.
const walkRest = `
"$WEIR" check -config front-$KIND.toml >/dev/null
"$WEIR" serve -config front-$KIND.toml >weir.log 2>&1 &
for _ in $(seq 300); do grep -q '"listening"' weir.log && break; sleep 0.1; done
/usr/bin/python3 bot.py >bot.log 2>&1 &
for _ in $(seq 300); do grep -q 'upstream link is up' weir.log && break; sleep 0.1; done
timeout 60 /usr/bin/python3 alice.py || true
cat weir.log bot.log
`

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// TestUpstreamWalk follows docs/OPERATIONS.md word for word, from the servers' packages as they are to a chat between a user and
// a bot.
func TestUpstreamWalk(t *testing.T) {
	t.Parallel()
	slixmppCommand(t)
	if err := exec.Command("unshare", "-n", "-m", "-p", "-f", "--mount-proc", "true").Run(); os.Getuid() != 0 || err != nil {
		t.Skipf("this needs root, and namespaces of its own (%v); TestUpstreamManual does without", err)
	}
	_, page, _ := strings.Cut(readFile(t, "../../docs/OPERATIONS.md"), "\n## In front of an XMPP server\n")
	shell, python := shellBlock.FindAllStringSubmatch(page, -1), pythonBlock.FindAllStringSubmatch(page, -1)
	if len(shell) != 3 || len(python) != 2 {
		t.Fatalf("%d pieces of shell and %d of Python in the manual, want 3 and 2", len(shell), len(python))
	}
	weir := xmpptest.Binary(t, "weir")
	for i, kind := range []string{"prosody", "ejabberd"} {
		t.Run(kind, func(t *testing.T) {
			xmpptest.NeedProgram(t, kind+"ctl", "Debian package "+kind)
			dir, site := t.TempDir(), t.TempDir()
			for _, d := range []string{dir, filepath.Dir(dir), site, filepath.Dir(site)} {
				if err := os.Chmod(d, 0o755); err != nil { // the servers have users of their own
					t.Fatal(err)
				}
			}
			files := map[string]string{"bot.py": python[0][1], "alice.py": python[1][1]}
			examples, err := filepath.Glob("../../configs/front-*")
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range examples {
				files[filepath.Base(name)] = readFile(t, name)
			}
			files["walk.sh"] = walkSite + shell[0][1] + shell[i+1][1] + walkRest
			for name, text := range files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			walk := exec.CommandContext(ctx, "unshare", "-n", "-m", "-p", "-f", "--mount-proc", "--kill-child", "bash", "walk.sh")
			walk.Dir = dir
			walk.Env = append(os.Environ(), "KIND="+kind, "SITE="+site, "WEIR="+weir)
			out, err := walk.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "\necho@bot.example.com says You said: hello\n") {
				t.Errorf("alice was not answered (%v):\n%s", err, out)
			}
		})
	}
}
