// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_fetch.c - any messages (messages.h) are those of the process that asks servers, taken over by
 * one: whoever asks it gets a regular file or an error, and keeps no other file.
 */
#include "profiler/guard/fetch.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "tests/fuzz/peer.h"

#define FILES 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(struct fetch *fetch)
{
	struct stat st;
	int fd, err = fetch_debug_file(fetch, fuzz_files()[0], &fd);

	check(err <= 0 && !err == (fd >= 0));
	if (err)
		return;
	check(!fstat(fd, &st) && S_ISREG(st.st_mode));
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, data + size };
	const int *files = fuzz_files();
	size_t open = fuzz_open_files();
	struct fetch_totals totals;
	struct fetch *fetch;

	check(files && !setenv("DEBUGINFOD_URLS", "http://localhost:1/", true));
	check(!fetch_open(1, &fetch));
	fuzz_peer_says(&in);
	for (int i = 0; i < FILES; i++)
		ask(fetch);
	fetch_totals(fetch, &totals);
	check(totals.asked == FILES && totals.fetched <= FILES && totals.unusable <= 0);
	fetch_close(fetch);
	fuzz_peer_ends();
	check(fuzz_open_files() == open);
	return 0;
}
