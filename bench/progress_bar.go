// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"weir/bench/client"
)

// barTheme uses characters that every font has.
var barTheme = progressbar.Theme{Saucer: "=", SaucerHead: ">", SaucerPadding: " ", BarStart: "[", BarEnd: "]"}

// barEvery is how often the bar is drawn.
const barEvery = 200 * time.Millisecond

type barReporter struct {
	w     io.Writer
	stage string
	bar   *progressbar.ProgressBar
	pace  pace
}

func (b *barReporter) Stage(name string, d time.Duration) {
	b.Done()
	b.stage = name
	total := int64(d)
	if d == 0 {
		total = -1 // a spinner
	}
	b.bar = progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(b.w), progressbar.OptionSetWidth(20), progressbar.OptionSetPredictTime(true),
		progressbar.OptionSetDescription(fmt.Sprintf("%-8s", name)), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetTheme(barTheme))
}

func (b *barReporter) Update(at time.Duration, p client.Progress) {
	if at == 0 {
		b.pace.begin(counted(p))
	}
	if b.bar == nil || at-b.pace.at < barEvery {
		return
	}
	b.bar.Describe(fmt.Sprintf("%-8s %s", b.stage, describe(b.pace.rate(at, counted(p)), p)))
	_ = b.bar.Set64(int64(at))
}

func (b *barReporter) Done() {
	if b.bar != nil {
		_ = b.bar.Clear()
		b.bar = nil
	}
}
