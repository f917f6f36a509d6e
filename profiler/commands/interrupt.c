// SPDX-License-Identifier: BSD-2-Clause
/* interrupt.c - see interrupt.h. */
#include "profiler/commands/interrupt.h"

#include <stdbool.h>
#include <stddef.h>

#include "profiler/clock.h"

#define SAME_THOUGHT_MS 500

static volatile sig_atomic_t came;
static int64_t deaf_until_ms; /* set before there is a handler */

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGXCPU };

#define SIGNAL_CNT (sizeof(signals) / sizeof(signals[0]))

/* Of the others a shell has its background jobs ignore SIGINT, and kill -INT means them all the same. */
static bool is_ignored(int signal)
{
	struct sigaction action;

	return signal == SIGHUP && !sigaction(signal, NULL, &action) &&
	       action.sa_handler == SIG_IGN;
}

void interrupt_signals(sigset_t *out)
{
	sigemptyset(out);
	for (size_t i = 0; i < SIGNAL_CNT; i++) {
		if (!is_ignored(signals[i]))
			sigaddset(out, signals[i]);
	}
}

static void handle(void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };

	for (size_t i = 0; i < SIGNAL_CNT; i++) {
		if (!is_ignored(signals[i]))
			sigaction(signals[i], &action, NULL);
	}
	signal(SIGXCPU, SIG_IGN);
}

static void remember(int number)
{
	if (now_ms() < deaf_until_ms)
		return;
	if (came) {
		signal(number, SIG_DFL);
		raise(number);
	}
	came = number;
}

void interrupt_begin(int64_t first_ms)
{
	sigset_t none;

	came = 0;
	deaf_until_ms = first_ms ? first_ms + SAME_THOUGHT_MS : 0;
	handle(remember);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int interrupt_came(void)
{
	return came;
}

void interrupt_end(void)
{
	handle(SIG_DFL);
}
