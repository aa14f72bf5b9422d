//go:build !linux

package server

import "syscall"

// dieWithParent can do nothing here: the next Start shuts an orphan down, which
// it finds by postmaster.pid.
func dieWithParent(*syscall.SysProcAttr) {}
