// SPDX-License-Identifier: BSD-2-Clause
/*
 * fuzz_maps.c - any bytes are /proc/PID/maps.  Its mappings, made one after the other as a
 * process makes them, leave at each address the last that was made there.
 */
#include "symbolize/process/maps_file.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "symbolize/process/process.h"
#include "symbolize/symbolizer.h"
#include "tests/fuzz/check.h"

#define MAPPINGS 256
#define NOBODY	 0x7ffffff0 /* no process has this id */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t parse(const char *text, size_t len, struct mapping mappings[MAPPINGS])
{
	int fd = memfd_create("maps", MFD_CLOEXEC);
	struct maps_file f;
	struct mapping m;
	size_t cnt = 0;

	check(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	maps_file_begin(&f, fd);
	maps_file_rewind(&f);
	while (maps_file_next(&f, &m)) {
		check(m.start < m.end);
		check(!m.path_len || (m.path >= f.text && m.path + m.path_len <= f.text + f.end &&
				      !memchr(m.path, '\n', m.path_len)));
		if (cnt < MAPPINGS)
			mappings[cnt++] = m;
	}
	check(!f.err && f.is_empty == !len);
	maps_file_close(&f);
	return cnt;
}

/* The last of MAPPINGS that has IP is what P maps there. */
static void check_at(const struct process *p, const struct mapping *mappings, size_t cnt,
		     uint64_t ip)
{
	const struct process_mapping *map = process_find(p, ip);

	while (cnt && (ip < mappings[cnt - 1].start || ip >= mappings[cnt - 1].end))
		cnt--;
	check(!map == !cnt);
	if (!map)
		return;
	check(map->start <= ip && ip < map->end);
	check(map->off + (ip - map->start) ==
	      mappings[cnt - 1].off + (ip - mappings[cnt - 1].start));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mapping mappings[MAPPINGS];
	size_t cnt = parse((const char *)data, size, mappings);
	struct symbolizer_opts opts = { 0 };
	struct symbolizer *symbolizer;
	struct process *p;

	check(!symbolizer_new(&opts, &symbolizer));
	check(!symbolizer_copy_process(symbolizer, NOBODY, NULL, &p));
	for (size_t i = 0; i < cnt; i++) {
		/* Without a file: which files there are is this machine's business. */
		mappings[i].inode = 0;
		mapping_set_path(&mappings[i], "//anon", 6);
		check(!symbolizer_add_mapping(symbolizer, p, &mappings[i]));
	}
	for (size_t i = 0; i < p->cnt; i++) {
		check(p->mappings[i].start < p->mappings[i].end);
		check(!i || p->mappings[i - 1].end <= p->mappings[i].start);
	}
	for (size_t i = 0; i < cnt; i++) {
		check_at(p, mappings, cnt, mappings[i].start);
		check_at(p, mappings, cnt, mappings[i].end - 1);
		check_at(p, mappings, cnt, mappings[i].start - 1);
		check_at(p, mappings, cnt, mappings[i].end);
	}
	symbolizer_free(symbolizer);
	return 0;
}
