#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The oldest kernel with what the walk by tables needs that Debian has, emulated: the short
# form of `make check-vm`.
exec sh "$(dirname "$0")/../vm/run.sh" 6.1
