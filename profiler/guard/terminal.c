// SPDX-License-Identifier: BSD-2-Clause
/* terminal.c - see terminal.h. */
#include "profiler/guard/terminal.h"

#include <signal.h>
#include <stddef.h>

void terminal_ignore_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_IGN);
}
