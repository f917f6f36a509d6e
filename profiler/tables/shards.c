// SPDX-License-Identifier: BSD-2-Clause
/* shards.c - see shards.h. */
#include "profiler/tables/shards.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "profiler/tables/pool.h"
#include "profiler/window.h"

#define SHARD_BYTES (UNWIND_SHARD_ROWS * sizeof(struct unwind_row))
#define WINDOWS	    16			/* several files are looked at in turns */
#define WINDOW_SIZE ((size_t)64 * 1024) /* rows of some pages of text */

struct shard {
	int fd; /* -1: plain memory, in rows */
	struct unwind_row *rows;
};

struct shard_window {
	struct window window;
	uint32_t shard;
	uint64_t used; /* shards.uses of its last use, to close the oldest first */
};

struct shards {
	int map_fd;
	int map_err; /* why the kernel made no further map: shards are plain memory since; or 0 */
	struct shard shards[UNWIND_SHARDS];
	size_t cnt, max;
	struct shard_window windows[WINDOWS];
	uint64_t uses;
	struct pool rows;
};

static int make_plain(struct shard *shard)
{
	void *rows =
		mmap(NULL, SHARD_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (rows == MAP_FAILED)
		return -errno;
	shard->rows = rows;
	return 0;
}

/* Make an array that the program finds by its INDEX. */
static int make_map(const struct shards *s, __u32 index, int *fd)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);

	*fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "rows", sizeof(__u32), sizeof(struct unwind_row),
			     UNWIND_SHARD_ROWS, &opts);
	if (*fd < 0)
		return *fd;
	return bpf_map_update_elem(s->map_fd, &index, fd, BPF_ANY) ? -errno : 0;
}

static void free_shard(struct shard *shard)
{
	if (shard->rows)
		munmap(shard->rows, SHARD_BYTES);
	if (shard->fd >= 0)
		close(shard->fd);
	*shard = (struct shard){ .fd = -1 };
}

/* Rows that the program cannot have are of use for stacks that are copied. */
static int make_shard(struct shards *s, struct shard *shard, __u32 index)
{
	*shard = (struct shard){ .fd = -1 };
	if (s->map_fd >= 0 && !s->map_err) {
		s->map_err = make_map(s, index, &shard->fd);
		if (!s->map_err)
			return 0;
		free_shard(shard);
	}
	return make_plain(shard);
}

static int add_shard(struct shards *s)
{
	struct shard *shard = &s->shards[s->cnt];
	__u32 index = (__u32)s->cnt;
	int err;

	if (s->cnt == s->max)
		return -ENOSPC;
	err = make_shard(s, shard, index);
	if (!err)
		err = pool_give(&s->rows, index << UNWIND_SHARD_BITS, UNWIND_SHARD_ROWS);
	if (err) {
		free_shard(shard);
		return err;
	}
	s->cnt++;
	return 0;
}

int shards_take(struct shards *s, uint32_t cnt, uint32_t *first)
{
	int err = pool_take(&s->rows, cnt, first);

	if (err != -ENOSPC)
		return err;
	err = add_shard(s);
	return err ? err : pool_take(&s->rows, cnt, first);
}

void shards_give(struct shards *s, uint32_t first, uint32_t cnt)
{
	pool_give(&s->rows, first, cnt);
}

/* The window of SHARD that shows SIZE bytes from OFF on, opened in place of the oldest one. */
static void *look(struct shards *s, uint32_t shard, size_t off, size_t size)
{
	struct shard_window *oldest = &s->windows[0];
	size_t shown = size > WINDOW_SIZE ? size : WINDOW_SIZE;

	for (size_t i = 0; i < WINDOWS; i++) {
		struct shard_window *w = &s->windows[i];
		void *at = w->shard == shard ? window_at(&w->window, off, size) : NULL;

		if (at) {
			w->used = ++s->uses;
			return at;
		}
		if (w->used < oldest->used)
			oldest = w;
	}
	window_close(&oldest->window);
	if (shown > SHARD_BYTES - off)
		shown = SHARD_BYTES - off;
	if (window_open(&oldest->window, s->shards[shard].fd, PROT_READ | PROT_WRITE, off, shown))
		return NULL;
	oldest->shard = shard;
	oldest->used = ++s->uses;
	return window_at(&oldest->window, off, size);
}

struct unwind_row *shards_rows(struct shards *s, uint32_t first, uint32_t cnt)
{
	uint32_t nr = first >> UNWIND_SHARD_BITS, at = first & (UNWIND_SHARD_ROWS - 1);

	if (s->shards[nr].fd < 0)
		return &s->shards[nr].rows[at];
	return look(s, nr, at * sizeof(struct unwind_row), cnt * sizeof(struct unwind_row));
}

bool shards_mapped(const struct shards *s, uint32_t first)
{
	return s->shards[first >> UNWIND_SHARD_BITS].fd >= 0;
}

int shards_map_err(const struct shards *s)
{
	return s->map_err;
}

size_t shards_bytes(const struct shards *s)
{
	return s->cnt * SHARD_BYTES;
}

int shards_open(int map_fd, size_t mem_max, struct shards **out)
{
	struct shards *s = calloc(1, sizeof(*s));

	*out = s;
	if (!s)
		return -ENOMEM;
	s->map_fd = map_fd;
	s->max = mem_max / SHARD_BYTES;
	if (s->max > UNWIND_SHARDS)
		s->max = UNWIND_SHARDS;
	pool_init(&s->rows, UNWIND_SHARD_ROWS);
	return 0;
}

void shards_close(struct shards *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < WINDOWS; i++)
		window_close(&s->windows[i].window);
	for (size_t i = 0; i < s->cnt; i++)
		free_shard(&s->shards[i]);
	pool_fini(&s->rows);
	free(s);
}
