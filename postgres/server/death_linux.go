package server

import "syscall"

// dieWithParent has the kernel shut the server down (SIGINT: fast shutdown) when
// the thread that started it ends, however it ends.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGINT }
