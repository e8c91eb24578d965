// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// scrape reads a URL once a second, more often than any monitoring does, until
// the returned function is called.
func scrape(ctx context.Context, url string) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			if r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody); err == nil {
				if res, err := http.DefaultClient.Do(r); err == nil {
					_, _ = io.Copy(io.Discard, res.Body)
					res.Body.Close()
				}
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Second):
			}
		}
	}()
	return func() { cancel(); <-done }
}

var loopBusy = regexp.MustCompile(`(?m)^weir_loop_busy_seconds_total\{loop="\d+"\} (\S+)$`)

// busy is how long each loop of a server has been at work, in seconds; nothing
// for a server without metrics.
func (s *server) busy(ctx context.Context) ([]float64, error) {
	if s.metrics == "" {
		return nil, nil
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.metrics, http.NoBody)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	var all []float64
	for _, m := range loopBusy.FindAllSubmatch(text, -1) {
		v, err := strconv.ParseFloat(string(m[1]), 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.metrics, err)
		}
		all = append(all, v)
	}
	return all, nil
}

// busiest is the share of the loop that did most, between two looks.
func busiest(before, after []float64) float64 {
	if len(before) != len(after) || len(after) == 0 {
		return 0
	}
	sum := 0.0
	work := make([]float64, len(after))
	for i := range after {
		work[i] = after[i] - before[i]
		sum += work[i]
	}
	return slices.Max(work) / max(sum, 1e-9)
}
