// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"weir/bench/report"
)

const (
	// tall is more than any picture needs; what is empty is cut off.
	tall = 1400
	// scale is what screens of today show a pixel of a page with.
	scale = 2
)

// shoot shows a page in a headless browser and takes its picture.
func shoot(ctx context.Context, page []byte) ([]byte, error) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		return nil, fmt.Errorf("%w; apt-get install chromium", err)
	}
	dir, err := os.MkdirTemp("", "weir-picture-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	in, out := filepath.Join(dir, "page.html"), filepath.Join(dir, "shot.png")
	if err := os.WriteFile(in, page, 0o600); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
		"--user-data-dir="+filepath.Join(dir, "profile"), fmt.Sprintf("--force-device-scale-factor=%d", scale),
		fmt.Sprintf("--window-size=%d,%d", report.PictureWidth, tall), "--screenshot="+out, "file://"+in)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("chromium: %w: %s", err, said.Bytes())
	}
	return os.ReadFile(out)
}
